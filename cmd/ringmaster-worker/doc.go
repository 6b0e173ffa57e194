// Command ringmaster-worker does everything that touches a tensor: training steps,
// teacher logits, evaluation, prediction. `ringmaster` starts it; a person starts it by
// hand only where a run's workers stand on other machines (`ringmaster worker`).
package main

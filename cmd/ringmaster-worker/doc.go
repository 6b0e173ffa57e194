// Command ringmaster-worker does everything that touches a tensor: training steps,
// teacher logits, evaluation, prediction. `ringmaster` starts it. It is started by hand only
// for workers on other machines (`ringmaster worker`).
package main

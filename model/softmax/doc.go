// Package softmax reads a classification head's answer, one logit for each class: the classes'
// probabilities and the likeliest of them.
package softmax

// Package kinds says what each kind of task means: what a head's outputs are measured against, what they
// predict, and how predictions are scored. All other code asks a task's [Kind] and does not switch on it.
//
// # The kinds
//
// Classes (one class a text): softmax and cross-entropy. A teacher's probabilities p mix with the gold class as
// Equation 3 of Hosseini & Caragea (2021) has it, λ·onehot + (1−λ)·p.
//
// Labels (any number of labels a text): a sigmoid and binary cross-entropy for each label, of which an example's loss is
// the mean, as in PyTorch's BCEWithLogitsLoss. A teacher's probability of each label is mixed by itself, λ·y + (1−λ)·p: the
// same equation for each of the two-class problems that the labels are (as Yang et al. 2023, "Multi-Label Knowledge
// Distillation", take a teacher's answer apart). A label is given from a probability that validation
// rows choose.
//
// Value (a real number): one output and the squared error of standardised values. The teacher's value is mixed,
// λ·v + (1−λ)·v': of the squared error this has the same gradient as λ times the loss against v and 1−λ times that
// against v'.
//
// Ordered (one of several levels): as classes, and scored by quadratic kappa besides F1.
//
// Every example counts alike in a batch that mixes kinds: its loss is one number, neither multiplied by the number of labels
// nor by the unit of a value.
//
// The package is pure.
package kinds

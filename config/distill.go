package config

// Distillation is options of distillation; each zero value is off. They are the student's alone.
type Distillation struct {
	// Temperature softens the teachers' and the student's probabilities in the loss between them, which is
	// multiplied by its square (Hinton, Vinyals & Dean, 2015); 0 is 1.
	Temperature float64 `yaml:"temperature,omitempty" json:"temperature,omitempty"`
	// TeacherWeight bounds the teachers' weight 1−λ: it is constant under the method Distill, and what the annealing
	// begins with under DistillAnn; 0 is 1.
	TeacherWeight float64 `yaml:"teacher_weight,omitempty" json:"teacher_weight,omitempty"`
	// Standardize compares standardised logits (Sun et al., 2024), of tasks of three or more classes.
	Standardize bool `yaml:"standardize,omitempty" json:"standardize,omitempty"`
}

func (d Distillation) validate(report reporter) {
	report.bad(!(d.Temperature >= 0 && d.Temperature <= maxTemperature), "distill.temperature", "%v is not in (0, %d] (1 softens nothing)", d.Temperature, maxTemperature)
	report.bad(!(d.TeacherWeight >= 0 && d.TeacherWeight <= 1), "distill.teacher_weight", "%v is not in (0, 1]: it is the teachers' share of the target", d.TeacherWeight)
}

// maxTemperature is far above what anybody uses.
const maxTemperature = 1000

// fillOmitted leaves out what says the same as a key that is absent.
func (d *Distillation) fillOmitted() {
	if d.Temperature == 1 {
		d.Temperature = 0
	}
	if d.TeacherWeight == 1 {
		d.TeacherWeight = 0
	}
}

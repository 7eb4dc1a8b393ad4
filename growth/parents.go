package growth

// Parents is how tall a child's parents are, in cm. Zero is not known.
type Parents struct{ Mother, Father float64 }

// Target is the height that a child of these parents tends to.
type Target struct {
	Middle    float64 // mid-parental height, cm
	Z         float64 // where it lies among adults of the child's sex
	Low, High float64 // the range that holds nine of ten such children, cm
	LowZ      float64
	HighZ     float64
}

// heightGap is how much taller men are than women, in cm (J. M. Tanner and others,
// 1970).
const heightGap = 13

// MidParental is the middle of both parents' heights, in cm, for a boy or a girl:
// (father+mother±13)/2. It needs both.
func (p Parents) MidParental(sex Sex) (cm float64, ok bool) {
	b := bounds[Height]
	known := func(cm float64) bool { return cm >= 2*b[0] && cm <= b[1] }
	if !known(p.Mother) || !known(p.Father) {
		return 0, false
	}
	switch sex {
	case Male:
		return (p.Father + p.Mother + heightGap) / 2, true
	case Female:
		return (p.Father + p.Mother - heightGap) / 2, true
	}
	return 0, false
}

// Target is the height that the child tends to by this reference, at the oldest age
// that it has. The range is so many spaces between lines to both sides.
func (r *Reference) Target(p Parents, sex Sex, spaces float64) (Target, Absence) {
	cm, ok := p.MidParental(sex)
	if !ok {
		return Target{}, NotANumber
	}
	from, adult := r.Range(Height, sex)
	if from == adult {
		return Target{}, NoTable
	}
	z, why := r.Z(Height, sex, adult, cm)
	if why != Present {
		return Target{}, why
	}
	t := Target{Middle: cm, Z: z, LowZ: z - spaces*Space, HighZ: z + spaces*Space}
	if t.Low, why = r.Value(Height, sex, adult, t.LowZ); why != Present {
		return Target{}, why
	}
	if t.High, why = r.Value(Height, sex, adult, t.HighZ); why != Present {
		return Target{}, why
	}
	return t, Present
}

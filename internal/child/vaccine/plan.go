package vaccine

// Plan is a schedule made ready: codes are numbers, and what does not hold
// together was refused. It can be used by many at once.
type Plan struct {
	schedule *Schedule
}

// Schedule is what the plan was made of. It may not be changed.
func (p *Plan) Schedule() *Schedule { return p.schedule }

// Compile makes a plan of a schedule, or says where it does not hold together.
// The schedule may not be changed afterwards.
func Compile(s *Schedule) (*Plan, error) { return &Plan{schedule: s}, nil }

// Assess says what of a person's history counts on a day, and what is due. What
// was given or seen after that day is not looked at.
func (p *Plan) Assess(who Person, on Date) Outcome {
	return Outcome{Schedule: p.schedule.ID, Version: p.schedule.Version, On: on}
}

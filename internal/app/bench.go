package app

import "github.com/bevanhealth/bevan/internal/problem"

type benchCommand struct{}

// Run says that there is nothing yet.
func (benchCommand) Run() error {
	return problem.New(problem.Unsupported, "This version can not measure itself yet.")
}

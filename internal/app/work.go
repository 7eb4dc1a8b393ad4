package app

import (
	"context"
	"os"
	"path/filepath"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
)

// work is a command that needs the store. Its exported fields are its
// arguments, and travel as JSON when a running server does it.
type work interface {
	// do does it. by is the operator who asked.
	do(ctx context.Context, h *house, by access.Who, out report) error
}

// works makes an empty command of each kind, by the name that it has on the
// socket.
var works = map[string]func() work{
	"load":            func() work { return new(loadCommand) },
	"export":          func() work { return new(exportCommand) },
	"token":           func() work { return new(tokenCommand) },
	"org-add":         func() work { return new(orgAdd) },
	"org-list":        func() work { return new(orgList) },
	"org-close":       func() work { return new(orgClose) },
	"staff-add":       func() work { return new(staffAdd) },
	"staff-invite":    func() work { return new(staffInvite) },
	"staff-withdraw":  func() work { return new(staffWithdraw) },
	"staff-list":      func() work { return new(staffList) },
	"staff-end":       func() work { return new(staffEnd) },
	"label-waiting":   func() work { return new(labelWaiting) },
	"label-judge":     func() work { return new(labelJudge) },
	"label-judged":    func() work { return new(labelJudged) },
	"label-raise":     func() work { return new(labelRaise) },
	"label-lower":     func() work { return new(labelLower) },
	"explain":         func() work { return new(explainCommand) },
	"backup":          func() work { return new(backupCommand) },
	"verify":          func() work { return new(verifyCommand) },
	"erase":           func() work { return new(eraseCommand) },
	"examples-remove": func() work { return new(examplesRemove) },
	"scrub":           func() work { return new(scrubCommand) },
	"rotate":          func() work { return new(keysRotate) },
	"profile":         func() work { return new(profileWork) }, // for the bench
	"client-add":      func() work { return new(clientAdd) },
	"client-describe": func() work { return new(clientDescribe) },
	"client-invite":   func() work { return new(clientInvite) },
	"client-list":     func() work { return new(clientList) },
	"client-revoke":   func() work { return new(clientRevoke) },
	"client-rotate":   func() work { return new(clientRotate) },
	"upstream-add":    func() work { return new(upstreamAdd) },
	"upstream-list":   func() work { return new(upstreamList) },
	"upstream-remove": func() work { return new(upstreamRemove) },
	"events-import":   func() work { return new(eventsImport) },
	"events-export":   func() work { return new(eventsExport) },
	"optouts-import":  func() work { return new(optoutsImport) },
	"recall-send":     func() work { return new(recallSend) },
	"recall-renew":    func() work { return new(recallRenew) },
	"setup-code":      func() work { return new(setupCodeCommand) },
}

// run does the work in the server that runs on the same data folder, or here
// when there is none.
func run(ctx context.Context, p place, name string, w work, out report) error {
	served, err := askServer(ctx, p.Data, name, w, out)
	if served {
		return err
	}
	h, err := openHouse(ctx, p, settings{})
	if err != nil {
		return err
	}
	err = w.do(ctx, h, access.Operator(console()), out)
	if cerr := h.close(); err == nil {
		err = cerr
	}
	return err
}

// absolute makes paths good for another process.
func absolute(paths ...*string) error {
	for _, p := range paths {
		if *p == "" {
			continue
		}
		a, err := filepath.Abs(*p)
		if err != nil {
			return problem.Wrap(problem.Invalid, "The folder that this was started in is gone. Change to another one and try again.", err)
		}
		*p = a
	}
	return nil
}

// emptyFolder makes a folder, or takes one with nothing in it.
func emptyFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return problem.Wrap(problem.Invalid, "The folder "+dir+" could not be made. Name another one.", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return problem.Wrap(problem.Invalid, "The folder "+dir+" could not be read. Name another one.", err)
	}
	if len(entries) > 0 {
		return problem.New(problem.Conflict, "The folder "+dir+" is not empty, and nothing in it is replaced. Name an empty or a new one.")
	}
	return nil
}

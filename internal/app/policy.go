package app

import (
	"io"
	"os"

	"github.com/bevanhealth/bevan/internal/problem"
)

// maxPolicyFile bounds the file of rules, in bytes.
const maxPolicyFile = 1 << 20

// readPolicy reads the file with rules for what people have not decided; nil
// where none is named, so that the default holds.
func readPolicy(file string) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, "The policy file can't be opened. Check its name and who may read it.", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxPolicyFile+1))
	if err != nil || len(b) > maxPolicyFile {
		return nil, problem.Wrap(problem.Invalid, "The policy file can't be read, or is larger than a megabyte.", err)
	}
	return b, nil
}

//go:build unix

package crash

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	// The go command caches a test by what it imports. Without this line a
	// change of the program would not make its tests run again.
	_ "github.com/bevanhealth/bevan/internal/app"
)

var (
	scratch string // a folder for everything, removed at the end
	program string // the binary that was built for this run
)

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	var err error
	// Short, since the path of a socket is short, and open for passing through:
	// the PostgreSQL server is another user where the tests run as root.
	if scratch, err = os.MkdirTemp("", "bevan-crash"); err == nil {
		err = os.Chmod(scratch, 0o711)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(scratch)
	program = filepath.Join(scratch, "bevan")
	out, err := exec.Command("go", "build", "-o", program, "github.com/bevanhealth/bevan/cmd/bevan").CombinedOutput()
	if err != nil {
		fmt.Fprintf(os.Stderr, "the program does not build: %v\n%s", err, out)
		return 1
	}
	defer stopPostgres()
	return m.Run()
}

// patience is how long anything may take before it counts as hung. No test
// says how fast something has to be.
const patience = 90 * time.Second

// until asks again and again until ok, and fails the test when that takes
// longer than patience. what says what was waited for.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for !ok() {
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

package crash

// The tests build and drive the program and import nothing of it, so a result
// of theirs would be taken from Go's test cache when the program has changed.
// This import ties them to it.
import _ "github.com/bevanhealth/bevan/internal/app"

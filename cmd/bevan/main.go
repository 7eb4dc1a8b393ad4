// Command bevan is a health service's record and front door in one program.
// Everything it does begins in internal/app.
package main

import (
	"os"

	"github.com/bevanhealth/bevan/internal/app"
)

func main() {
	os.Exit(app.Main(os.Args[1:], app.Terminal()))
}

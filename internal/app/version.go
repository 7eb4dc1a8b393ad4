package app

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set when a release is linked.
var version = ""

// Version is the version of this program, for /metadata and the command line.
func Version() string {
	if version != "" {
		return version
	}
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" && b.Main.Version != "(devel)" {
		return b.Main.Version
	}
	return "development"
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(s Streams) error {
	_, err := fmt.Fprintf(s.Out, "bevan %s (%s, %s/%s)\n", Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

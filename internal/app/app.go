package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/bevanhealth/bevan/internal/problem"
	"golang.org/x/term"
)

// Streams are where a command reads and writes.
type Streams struct {
	Out, Err io.Writer
	// Tall says that Err is a terminal: progress is drawn, not listed.
	Tall bool
	// Now is the clock that progress is told by; nil is the machine's.
	Now func() time.Time
	// Ctx ends when the user interrupts; nil listens for signals.
	Ctx context.Context
}

// Terminal are the streams of the process.
func Terminal() Streams { return streams(os.Stdout, os.Stderr) }

func streams(out, err *os.File) Streams {
	return Streams{Out: out, Err: err, Tall: term.IsTerminal(int(err.Fd()))}
}

// Exit codes, for scripts.
const (
	exitOK          = 0
	exitFailed      = 1   // it was not done
	exitUsage       = 2   // the command line could not be understood
	exitPart        = 3   // done, but for what the errors file names
	exitInterrupted = 130 // stopped by Ctrl-C; running it again goes on
)

// commands is the command line. The order is that of the help.
type commands struct {
	Serve        serveCommand        `cmd:"" help:"Start the server."`
	Load         loadCommand         `cmd:"" help:"Bring in FHIR files: resources, Bundles, NDJSON, each also as .gz, and folders of them."`
	Events       eventsCommand       `cmd:"" help:"Bring in England's child health event messages, and write an event as a message again."`
	Export       exportCommand       `cmd:"" help:"Write everything that is held as NDJSON files."`
	Token        tokenCommand        `cmd:"" help:"Make a token for the FHIR interface, list them, or take one back."`
	Org          orgCommand          `cmd:"" help:"Keep the list of organisations, sites and teams."`
	Staff        staffCommand        `cmd:"" help:"Keep the list of who works where, in which role."`
	Label        labelCommand        `cmd:"" help:"Judge new kinds of code from sensitive services, and change how private an entry is."`
	Explain      explainCommand      `cmd:"" help:"Say whether somebody may see an entry of a record, and why."`
	Client       clientCommand       `cmd:"" help:"Let programs in by themselves, list them, give them other keys, or let them in no more."`
	Upstream     upstreamCommand     `cmd:"" help:"Name the OpenID providers that people may prove who they are with."`
	Optouts      optoutsCommand      `cmd:"" help:"Bring in who said no to uses of their record beyond their own care."`
	Recall       recallCommand       `cmd:"" help:"Remind families of vaccinations that are due, and work out the lists of whom to call anew."`
	SetupCode    setupCodeCommand    `cmd:"" help:"Show the code that makes the first operator, or make a new one."`
	Growth       growthCommand       `cmd:"" help:"Say where children's measurements lie, and keep the growth references for it."`
	Vaccinations vaccinationsCommand `cmd:"" help:"Keep the schedules by which it is told which vaccinations are due."`
	Pages        pagesCommand        `cmd:"" help:"Check or begin pages of your own for the Health A to Z."`
	Keys         keysCommand         `cmd:"" help:"Show, back up or renew the keys that the records are sealed with."`
	Backup       backupCommand       `cmd:"" help:"Copy the store to a folder, while the server runs."`
	Restore      restoreCommand      `cmd:"" help:"Put a backup into an empty data folder."`
	Verify       verifyCommand       `cmd:"" help:"Read every record and the access log, and say what is damaged."`
	Witness      witnessCommand      `cmd:"" help:"Watch the access logs of others from this machine, and cosign their checkpoints."`
	Receipt      receiptCommand      `cmd:"" name:"verify-receipt" help:"Check a receipt of who looked at a record, without the service that gave it."`
	Erase        eraseCommand        `cmd:"" help:"Erase the record of one person for good, on a ground in law."`
	Scrub        scrubCommand        `cmd:"" help:"Take what was deleted out of the database's files."`
	Reindex      reindexCommand      `cmd:"" help:"Build the search index again from the records."`
	Doctor       doctorCommand       `cmd:"" help:"Look for what is wrong with this installation, and say how to mend it."`
	Demo         demoCommand         `cmd:"" help:"Write a made-up region of people as files."`
	Examples     examplesCommand     `cmd:"" help:"Remove the example people that somebody took to look round with."`
	Bench        benchCommand        `cmd:"" help:"Measure how fast Bevan is on this machine."`
	Version      versionCommand      `cmd:"" help:"Say which version this is."`
}

// place says which store a command is about.
type place struct {
	Data string `help:"The data folder: the store, its keys and the access log." default:"data" env:"BEVAN_DATA" placeholder:"DIR"`
	DB   string `name:"db" help:"A PostgreSQL URL, to keep records there instead of in the data folder. The keys stay in the folder." env:"BEVAN_DB" placeholder:"URL"`

	KeyService      string `help:"A key service that wraps the key file, as vault+https://host:port/transit/KEY (HashiCorp Vault or OpenBao). The file opens nothing without it." env:"BEVAN_KEY_SERVICE" placeholder:"URL"`
	KeyServiceToken string `help:"The file of the token for the key service. It is read each time, so that it can be renewed." env:"BEVAN_KEY_SERVICE_TOKEN" placeholder:"FILE"`
}

// Main runs one command and returns the exit code of the process.
func Main(args []string, s Streams) int {
	ctx := s.Ctx
	if ctx == nil {
		var stop context.CancelFunc
		ctx, stop = signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		// The first signal asks for a clean end; a second one ends at once.
		context.AfterFunc(ctx, stop)
	}
	var c commands
	exited := -1 // by --help, which exits in kong's way
	parser, err := c.parser(s, func(code int) { exited = code })
	if err != nil {
		fmt.Fprintln(s.Err, "bevan:", err)
		return exitFailed
	}
	k, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintf(s.Err, "bevan: %s.\nSee what there is with: bevan --help\n", strings.TrimRight(err.Error(), ".?"))
		return exitUsage
	}
	out := newTerminalReport(s)
	k.BindTo(ctx, (*context.Context)(nil))
	k.Bind(s, out)
	err = k.Run()
	out.close()
	return exitCode(s, err)
}

// parser reads a command line into c.
func (c *commands) parser(s Streams, exit func(code int)) (*kong.Kong, error) {
	return kong.New(c,
		kong.Name("bevan"),
		kong.Description("A health service's record and front door in one program.\n\nStart with: bevan serve"),
		kong.UsageOnError(), kong.Writers(s.Out, s.Err), kong.Exit(exit), kong.ValueFormatter(withDefault),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}))
}

// withDefault writes the help of a flag or argument. Kong leaves the default out
// where it shows a placeholder, and the default is what people look for.
func withDefault(v *kong.Value) string {
	if !v.HasDefault || v.Default == "" || v.Tag.PlaceHolder == "" {
		return kong.DefaultHelpValueFormatter(v)
	}
	told := *v
	told.Help = strings.TrimSuffix(v.Help, ".") + " (" + v.Default + " unless told)."
	return kong.DefaultHelpValueFormatter(&told)
}

// partly is the error of work that was done but for some parts, which it
// listed elsewhere.
type partly struct{ error }

// Unwrap gives the problem inside.
func (p partly) Unwrap() error { return p.error }

// exitCode prints what went wrong, in a sentence, and chooses the code.
func exitCode(s Streams, err error) int {
	var part partly
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(s.Err, "Stopped. Nothing that was confirmed is lost; run the same command to go on.")
		return exitInterrupted
	case errors.As(err, &part):
		fmt.Fprintln(s.Err, problem.Sentence(err))
		return exitPart
	}
	fmt.Fprintln(s.Err, "bevan:", problem.Sentence(err))
	// This is the operator's own machine: the cause helps them, and goes to
	// nobody else.
	if cause := errors.Unwrap(problem.Of(err)); cause != nil {
		fmt.Fprintln(s.Err, "  cause:", cause)
	}
	return exitFailed
}

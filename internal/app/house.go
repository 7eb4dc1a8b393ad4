package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	childevent "github.com/bevanhealth/bevan/internal/child/event"
	"github.com/bevanhealth/bevan/internal/child/given"
	"github.com/bevanhealth/bevan/internal/child/recall"
	"github.com/bevanhealth/bevan/internal/child/talk"
	"github.com/bevanhealth/bevan/internal/consent/correction"
	"github.com/bevanhealth/bevan/internal/consent/display"
	"github.com/bevanhealth/bevan/internal/consent/emergency"
	"github.com/bevanhealth/bevan/internal/consent/enquiry"
	"github.com/bevanhealth/bevan/internal/consent/erasure"
	"github.com/bevanhealth/bevan/internal/consent/example"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/consent/optout"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/exchange"
	"github.com/bevanhealth/bevan/internal/exchange/healthlink"
	"github.com/bevanhealth/bevan/internal/exchange/quality"
	"github.com/bevanhealth/bevan/internal/exchange/sources"
	"github.com/bevanhealth/bevan/internal/exchange/takeaway"
	"github.com/bevanhealth/bevan/internal/identity"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/identity/proof"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/identity/upstream"
	"github.com/bevanhealth/bevan/internal/identity/worklist"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/seal"
	"github.com/bevanhealth/bevan/internal/smart/appstate"
	"github.com/bevanhealth/bevan/internal/web"
)

// What lies in a data folder.
const (
	storeFile  = "bevan.db"  // the records and their index
	accessFile = "access.db" // the access log
	keysFile   = "keys.json" // the master keys
	jobsFolder = "jobs"      // files that exports made
	socketFile = "bevan.sock"
	setupFile  = "setup-code.txt" // while nobody is the operator
)

// house is every room, open.
type house struct {
	dir      string
	notes    *slog.Logger
	folder   *db.Folder // held where the store is not in it
	ring     *seal.Ring
	store    *db.DB
	here     *db.Attendance // keeps others from making the index again under us
	log      *audit.Log
	logDB    *db.DB // where the access log lies; the store itself on PostgreSQL
	door     *record.Door
	tokens   *identity.Tokens
	staff    *staff.Staff
	apps     *client.Clients
	states   *appstate.States
	queue    *jobs.Queue
	bulk     *exchange.Bulk
	outbox   *notify.Outbox
	accounts *account.Accounts
	proofs   *proof.Proofs
	mandates *mandate.Mandates
	upstream *upstream.Providers
	setup    *account.SetupCode

	copies      *takeaway.Copies
	corrections *correction.Corrections
	erasures    *erasure.Erasures
	examples    *example.Examples
	emergencies *emergency.Emergencies
	enquiries   *enquiry.Enquiries
	lists       *worklist.Lists
	displays    *display.Displays
	links       *healthlink.Links
	sources     *sources.Sources
	messages    *childevent.Inbox
	optouts     *optout.OptOuts
	recalls     *recall.Recalls
	talks       *talk.Talks
}

// settings are what opening a house needs beside its place.
type settings struct {
	imports    string        // the folder whose files $import may load; "" for none
	base       string        // the URL of the FHIR interface, as the world sees it
	origin     string        // where people reach the pages; commands that show none leave it out
	policy     string        // a file with rules for what nobody has decided; "" for the default
	anyPasskey bool          // staff may use passkeys that can be copied
	schedule   *given.Reader // of vaccinations; nil for ours
	logger     *slog.Logger
	rebuilding bool // the index is about to be made again
}

// openHouse opens every room. Whatever it opened before an error it closes.
func openHouse(ctx context.Context, p place, st settings) (h *house, err error) {
	if st.logger == nil {
		st.logger = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(p.Data, 0o700); err != nil {
		return nil, problem.Wrap(problem.Unavailable, "The data folder "+p.Data+" could not be made. Name another one with --data.", err)
	}
	h = &house{dir: p.Data, notes: st.logger}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
			h = nil
		}
	}()
	if err := h.openStore(ctx, p, st.rebuilding); err != nil {
		return h, err
	}
	rules, err := readPolicy(st.policy)
	if err != nil {
		return h, err
	}
	if h.door, err = record.New(ctx, record.Config{DB: h.store, Log: hearing{h.log, h}, Ring: h.ring, Base: st.base, Rebuilding: st.rebuilding, RequestID: web.RequestID, Withheld: h.untold, Policy: rules}); err != nil {
		return h, err
	}
	if h.tokens, err = identity.Open(ctx, h.store, nil); err != nil {
		return h, err
	}
	if h.staff, err = staff.Open(ctx, h.store, nil); err != nil {
		return h, err
	}
	if err := h.openApps(ctx); err != nil {
		return h, err
	}
	if err := h.openAccounts(ctx, st); err != nil {
		return h, err
	}
	if err := h.openConsent(ctx); err != nil {
		return h, err
	}
	if h.queue, err = jobs.Open(ctx, h.store, jobs.Options{Log: st.logger}); err != nil {
		return h, err
	}
	if err := h.door.HandleIndex(ctx, h.queue, access.Operator(console())); err != nil {
		return h, err
	}
	if err := h.door.HandleLabels(ctx, h.queue, access.Operator(console())); err != nil {
		return h, err
	}
	h.bulk = exchange.NewBulk(exchange.BulkConfig{Queue: h.queue, Open: h.openBulk, Dir: filepath.Join(p.Data, jobsFolder), ImportDir: st.imports})
	quality.Handle(quality.Config{Queue: h.queue, Open: h.openQuality, Log: h.log})
	return h, h.openFeatures(ctx, st)
}

// openFeatures opens the rooms that stand on the record and the queue.
func (h *house) openFeatures(ctx context.Context, st settings) error {
	if err := h.openRecalls(ctx, st.schedule); err != nil {
		return err
	}
	if err := h.openLinks(ctx, st.origin); err != nil {
		return err
	}
	for _, open := range []func(context.Context) error{h.openSources, h.openMessages} {
		if err := open(ctx); err != nil {
			return err
		}
	}
	return h.openRights(ctx, st.base)
}

// openStore opens where everything is kept, with its keys and the access log.
func (h *house) openStore(ctx context.Context, p place, rebuilding bool) (err error) {
	if p.DB != "" {
		if h.folder, err = holdFolder(p.Data); err != nil {
			return err
		}
	}
	if h.store, err = db.Open(ctx, p.storeConfig()); err != nil {
		return err
	}
	if h.here, err = h.store.Attend(ctx, rebuilding); err != nil {
		return err
	}
	// The store is open, so no other process makes keys at this moment.
	if h.ring, err = openKeys(ctx, p, h.store); err != nil {
		return err
	}
	h.logDB = h.store
	if h.store.Dialect() == db.SQLite {
		if h.logDB, err = db.Open(ctx, db.Config{Path: filepath.Join(p.Data, accessFile), WriterCache: 16 << 20}); err != nil {
			return err
		}
	}
	return h.openLog(ctx)
}

// openQuality is a session over everybody for work that an operator asked for, who
// still is one.
func (h *house) openQuality(ctx context.Context, who access.Who) (quality.Session, error) {
	if err := h.stillOperates(ctx, who); err != nil {
		return nil, err
	}
	return h.session(ctx, who, access.Operations)
}

// stillOperates refuses work for somebody who is no operator any more.
func (h *house) stillOperates(ctx context.Context, who access.Who) error {
	_, id, ok := strings.Cut(who.Actor, staff.Actor(""))
	if ok {
		places, err := h.staff.PlacesOf(ctx, id)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(places, func(a staff.Acting) bool { return a.Role == staff.Operator }) {
			return nil
		}
	}
	return problem.New(problem.Forbidden, "Whoever asked for this runs the service no more. Ask for it anew.")
}

// holdFolder takes a data folder for this process, where no lock of a store in
// it does. Two servers on one folder would take each other's socket, over which
// commands come, and clear away each other's files.
func holdFolder(dir string) (*db.Folder, error) {
	f, err := db.LockFolder(dir)
	if err != nil {
		return nil, problem.Wrap(problem.KindOf(err), problem.Sentence(err)+" Each node on a database needs a data folder of its own, with a copy of "+keysFile+" in it.", err)
	}
	return f, nil
}

// openApps opens what is known of apps, and what they keep.
func (h *house) openApps(ctx context.Context) (err error) {
	if h.apps, err = client.Open(ctx, h.store, h.ring, nil); err != nil {
		return err
	}
	h.states, err = appstate.Open(ctx, h.store, h.ring, nil)
	return err
}

// registered says whether an origin is that of an app which is let in, and the
// request one for the interfaces that apps use; pages of ours are not among
// those. Where that can not be found out it is not: the page is told nothing.
func (h *house) registered(r *http.Request, origin string) bool {
	if !strings.HasPrefix(r.URL.Path, "/fhir/") && !strings.HasPrefix(r.URL.Path, appstate.Path) {
		return false
	}
	ok, err := h.apps.IsOrigin(r.Context(), origin)
	if err != nil {
		h.notes.Warn("whether a page is that of an app is not known, so it was refused", "cause", problem.LogText(err))
	}
	return ok
}

// openAccounts opens people's accounts for the site at origin. Staff need
// passkeys that stay in one device, unless any will do.
func (h *house) openAccounts(ctx context.Context, st settings) error {
	origin := st.origin
	if origin == "" {
		origin = "http://" + localName // no passkey is asked for
	}
	u, err := url.Parse(origin)
	if err != nil {
		return problem.Wrap(problem.Invalid, "The address of the pages can not be read. Give it with --base, such as https://example.org/fhir.", err)
	}
	if h.outbox, err = notify.Open(ctx, h.store, h.ring, nil); err != nil {
		return err
	}
	conf := account.Config{RPID: u.Hostname(), Origins: []string{origin}, Name: "Bevan", Staff: account.DeviceBound}
	if st.anyPasskey {
		conf.Staff = nil
	}
	h.outbox.LogTo(st.logger)
	h.accounts, err = account.Open(ctx, h.store, h.ring, h.outbox, conf)
	if err != nil {
		return err
	}
	h.setup = account.NewSetupCode(filepath.Join(h.dir, setupFile), h.ring, nil)
	h.proofs, err = proof.Open(ctx, proof.Config{DB: h.store, Ring: h.ring, Accounts: h.accounts, Find: finder{h.door}, Grants: permissions{h.apps}})
	if err != nil {
		return err
	}
	h.mandates, err = mandate.Open(ctx, mandate.Config{DB: h.store, Ring: h.ring, Session: h.mandateWork, Accounts: h.accounts, Owner: h.proofs.OwnerOf})
	if err != nil {
		return err
	}
	h.upstream, err = upstream.Open(ctx, upstream.Config{DB: h.store, Ring: h.ring, Origin: origin})
	if err != nil {
		return err
	}
	h.enquiries, err = enquiry.Open(ctx, enquiry.Config{DB: h.store, Accounts: h.accounts})
	if err != nil {
		return err
	}
	h.displays, err = display.Open(ctx, display.Config{DB: h.store, Accounts: h.accounts})
	return err
}

func (p place) storeConfig() db.Config {
	if p.DB != "" {
		return db.Config{URL: p.DB}
	}
	return db.Config{Path: filepath.Join(p.Data, storeFile)}
}

// openKeys opens the key file, and makes one for a store that is empty. A
// store that holds something and has no keys is not opened: new keys would
// hide from the operator that the old ones are lost.
func openKeys(ctx context.Context, p place, store *db.DB) (*seal.Ring, error) {
	path := filepath.Join(p.Data, keysFile)
	service, err := p.keyService()
	if err != nil {
		return nil, err
	}
	ring, err := seal.OpenBy(path, service)
	if !errors.Is(err, fs.ErrNotExist) {
		return ring, err
	}
	used, err := inUse(ctx, store)
	if err != nil {
		return nil, err
	}
	if used {
		return nil, problem.New(problem.Unavailable, "The store holds records, and the key file "+path+" that opens them is missing. Put it back from your backup of the keys; without it nobody can read the records.")
	}
	return seal.CreateBy(path, service)
}

// inUse says whether a store was ever opened with keys: rooms have made their
// tables then, and db the list of them. Tables of others do not count.
func inUse(ctx context.Context, store *db.DB) (used bool, err error) {
	sql := store.Dialect().Pick(
		"SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migration'",
		"SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'migration'")
	err = store.Query(ctx, sql, nil, func(*db.Row) error { used = true; return nil })
	return used, err
}

// openBulk is a session for an export or a load that runs in the background.
// What its owner may do is found out anew: the token may be gone by now.
func (h *house) openBulk(ctx context.Context, who access.Who, why access.Purpose) (exchange.BulkSession, error) {
	who, err := h.still(ctx, who)
	if err != nil {
		return nil, err
	}
	s, err := h.session(ctx, who, why)
	if err != nil {
		return nil, err
	}
	return &standing{s: s, asked: time.Now(), still: func(ctx context.Context) error {
		_, err := h.still(ctx, who)
		return err
	}}, nil
}

// still says what the one behind who may do now.
func (h *house) still(ctx context.Context, who access.Who) (access.Who, error) {
	if client.IsProgram(who) {
		return h.apps.Still(ctx, who)
	}
	return h.tokens.Still(ctx, who)
}

// session opens the record for work over everybody.
func (h *house) session(ctx context.Context, who access.Who, why access.Purpose) (*record.Session, error) {
	return h.door.Open(ctx, who, record.About{}, why)
}

// close closes what is open, in the order that lets each finish.
func (h *house) close() error {
	var errs []error
	if h.queue != nil {
		errs = append(errs, h.queue.Close())
	}
	if h.log != nil {
		errs = append(errs, h.log.Close())
	}
	if h.logDB != nil && h.logDB != h.store {
		errs = append(errs, h.logDB.Close())
	}
	h.here.Leave()
	if h.store != nil {
		errs = append(errs, h.store.Close())
	}
	if h.folder != nil {
		errs = append(errs, h.folder.Close()) // last: all that is in it has ended
	}
	return errors.Join(errs...)
}

// console is the operator at the command line: whoever may open the data
// folder holds the keys to everything in it, and is logged by name.
func console() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return "console:" + u.Username
	}
	return fmt.Sprintf("console:%d", os.Getuid())
}

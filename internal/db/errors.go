package db

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"zombiezen.com/go/sqlite"

	"github.com/bevanhealth/bevan/internal/problem"
)

// What people are told. Each says what to do next; the cause stays with the error, for the log.
const (
	sentenceFull     = "Storage is full, so nothing could be saved. Free some space on the disk, then try again."
	sentenceTrouble  = "The database could not be read or written. Try again in a moment; if it goes on, look in the server's log."
	sentenceGone     = "The database does not answer. Try again in a moment."
	sentenceBusy     = "The database is busy. Try again in a moment."
	sentenceConflict = "This could not be saved because it is there already, or something that it needs is not there."
	sentenceDamaged  = "The database file is damaged. Stop the server and restore the last backup."
	sentenceLarge    = "This is too large to be stored. Send it in smaller parts."
)

// liteProblem gives an error of SQLite its kind and sentence.
func liteProblem(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	switch sqlite.ErrCode(err).ToPrimary() {
	case sqlite.ResultInterrupt:
		if c := ctx.Err(); c != nil {
			return c
		}
		return problem.Wrap(problem.Unavailable, sentenceBusy, err)
	case sqlite.ResultFull:
		return problem.Wrap(problem.Unavailable, sentenceFull, err)
	case sqlite.ResultBusy, sqlite.ResultLocked:
		return problem.Wrap(problem.Unavailable, sentenceBusy, err)
	case sqlite.ResultConstraint:
		return problem.Wrap(problem.Conflict, sentenceConflict, err)
	case sqlite.ResultCorrupt, sqlite.ResultNotADB:
		return problem.Wrap(problem.Unavailable, sentenceDamaged, err)
	case sqlite.ResultIOErr, sqlite.ResultCantOpen, sqlite.ResultReadOnly, sqlite.ResultPerm, sqlite.ResultNoMem:
		return problem.Wrap(problem.Unavailable, sentenceTrouble, err)
	case sqlite.ResultTooBig:
		return problem.Wrap(problem.TooLarge, sentenceLarge, err)
	}
	return err
}

// pgProblem gives an error of PostgreSQL its kind and sentence. The codes are those of appendix A of
// its manual.
func pgProblem(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if c := ctx.Err(); c != nil {
		return c
	}
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return pgCode(pe.Code, err)
	}
	var ne net.Error
	var ce *pgconn.ConnectError
	switch {
	case errors.As(err, &ce), errors.As(err, &ne), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, net.ErrClosed), errors.Is(err, pgx.ErrTxClosed), pgconn.SafeToRetry(err), pgconn.Timeout(err):
		return problem.Wrap(problem.Unavailable, sentenceGone, err)
	}
	return err
}

func pgCode(code string, err error) error {
	switch {
	case code == "53100":
		return problem.Wrap(problem.Unavailable, sentenceFull, err)
	case code == "54000", code == "54001", code == "54023":
		return problem.Wrap(problem.TooLarge, sentenceLarge, err)
	case code == "40001", code == "40P01", code == "55P03", code == "57014":
		return problem.Wrap(problem.Unavailable, sentenceBusy, err)
	case strings.HasPrefix(code, "23"):
		return problem.Wrap(problem.Conflict, sentenceConflict, err)
	case strings.HasPrefix(code, "08"), strings.HasPrefix(code, "53"), strings.HasPrefix(code, "57"), code == "25006":
		return problem.Wrap(problem.Unavailable, sentenceGone, err)
	case strings.HasPrefix(code, "58"), strings.HasPrefix(code, "XX"):
		return problem.Wrap(problem.Unavailable, sentenceTrouble, err)
	}
	return err
}

// again says whether PostgreSQL undid the transaction for a reason that a second try can cure.
func again(err error) bool {
	var pe *pgconn.PgError
	return errors.As(err, &pe) && (pe.Code == "40001" || pe.Code == "40P01")
}

// Refused says whether err is an answer of PostgreSQL that a statement, or the commit itself, was not done.
// Nothing of its transaction is kept then; after any other error of [DB.Write] it may be, such as when the
// connection broke while the commit was on its way.
func Refused(err error) bool {
	var pe *pgconn.PgError
	return errors.As(err, &pe) && pe.SeverityUnlocalized == "ERROR"
}

package witness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/bevanhealth/bevan/internal/audit/receipt"
	"github.com/bevanhealth/bevan/internal/fetch"
)

// Log is what a client needs of the log that it speaks for.
type Log interface {
	Consistency(ctx context.Context, from, to int64) ([]tlog.Hash, error)
}

// Client asks one witness for cosignatures. It belongs to one goroutine.
type Client struct {
	url  string
	key  *receipt.Witness
	do   fetch.Doer
	last int64 // the size that the witness cosigned last, as far as is known
}

// NewClient is a client of the witness with a key, at a prefix that the operator named.
func NewClient(prefix string, key *receipt.Witness, do fetch.Doer) *Client {
	return &Client{url: strings.TrimSuffix(prefix, "/") + Path, key: key, do: do}
}

// Name is the witness's name.
func (c *Client) Name() string { return c.key.Name() }

// Ask has the witness cosign a checkpoint, and gives the signature that it added. A witness that is
// behind says so, and is asked again from there.
func (c *Client) Ask(ctx context.Context, l Log, signed []byte, at receipt.Checkpoint) (note.Signature, error) {
	for range 2 {
		sig, size, err := c.ask(ctx, l, signed, at)
		if err != nil || size < 0 {
			if err == nil {
				c.last = at.N
			}
			return sig, err
		}
		if size > at.N {
			return sig, errors.New("witness: it saw a longer log than this one")
		}
		c.last = size
	}
	return note.Signature{}, errors.New("witness: it saw another log than this one")
}

// ask asks once. size is that of the log that the witness saw last, where it isn't the one it was asked
// from, and otherwise -1.
func (c *Client) ask(ctx context.Context, l Log, signed []byte, at receipt.Checkpoint) (sig note.Signature, size int64, err error) {
	var body bytes.Buffer
	fmt.Fprintf(&body, "old %d\n", c.last)
	if c.last > 0 && c.last < at.N {
		proof, err := l.Consistency(ctx, c.last, at.N)
		if err != nil {
			return sig, -1, err
		}
		for _, h := range proof {
			fmt.Fprintln(&body, h)
		}
	}
	body.WriteString("\n")
	body.Write(signed)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, &body)
	if err != nil {
		return sig, -1, err
	}
	resp, err := c.do.Do(req)
	if err != nil {
		return sig, -1, err
	}
	defer resp.Body.Close()
	answer, err := fetch.Body(resp, maxBody)
	switch {
	case err != nil:
		return sig, -1, err
	case resp.StatusCode == http.StatusConflict:
		size, err := strconv.ParseInt(strings.TrimSuffix(string(answer), "\n"), 10, 64)
		if err != nil || size < 0 {
			err = errors.New("witness: it answered in a form that is not known")
		}
		return sig, size, err
	case resp.StatusCode != http.StatusOK:
		return sig, -1, fmt.Errorf("witness: it answered with status %d", resp.StatusCode)
	}
	sig, err = c.signature(at, answer)
	return sig, -1, err
}

// signature finds the witness's signature among lines, and checks it.
func (c *Client) signature(at receipt.Checkpoint, lines []byte) (note.Signature, error) {
	n, err := note.Open(append([]byte(at.Text()+"\n"), lines...), note.VerifierList(c.key))
	if err != nil {
		return note.Signature{}, fmt.Errorf("witness: its signature: %w", err)
	}
	return n.Sigs[0], nil
}

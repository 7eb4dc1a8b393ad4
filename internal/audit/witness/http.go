package witness

import (
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Path is where a witness takes checkpoints, below its prefix.
const Path = "/add-checkpoint"

// Handle answers a request of a log.
func (w *Witness) Handle(out http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		out.Header().Set("Allow", http.MethodPost)
		out.WriteHeader(http.StatusMethodNotAllowed)
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return err
	}
	lines, err := w.Add(body)
	var no *Refusal
	switch {
	case errors.As(err, &no) && no.Status == http.StatusConflict:
		out.Header().Set("Content-Type", "text/x.tlog.size")
		out.WriteHeader(no.Status)
		_, err = fmt.Fprintln(out, no.Size)
	case errors.As(err, &no):
		out.WriteHeader(no.Status)
		err = nil
	case err == nil:
		out.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, err = out.Write(lines)
	}
	return err
}

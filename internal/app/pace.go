package app

import (
	"fmt"
	"strings"
	"time"
)

// step is how far a piece of work has come.
type step struct {
	// Done and Total are in bytes, rows, or whatever the work knows the end
	// of. Total is 0 where nobody knows.
	Done  int64 `json:"done"`
	Total int64 `json:"total"`
	// Count is how many there are so far of what people count, and Of says
	// what that is, such as "resources".
	Count int64  `json:"count"`
	Of    string `json:"of"`
}

// percent stands in front of a line; nothing where the total is not known.
func (s step) percent() string {
	if s.Total <= 0 {
		return ""
	}
	return fmt.Sprintf("%3d%%  ", min(100, s.Done*100/s.Total))
}

// pace turns steps into words: how many, how many a second, and how long the
// rest will take. It measures from the first step that it saw, so that what an
// earlier run had done counts for nothing.
type pace struct {
	began       time.Time
	first, last step
}

func (p *pace) words(now time.Time, s step) string {
	if p.began.IsZero() || s.Of != p.last.Of || s.Done < p.last.Done {
		p.began, p.first = now, s // other work than before
	}
	p.last = s
	words := s.Of
	if s.Count > 0 || s.Total > 0 {
		words = grouped(int(s.Count)) + " " + s.Of
	}
	took := now.Sub(p.began)
	if n := s.Count - p.first.Count; n > 0 && took > 0 {
		words += ", " + perSecond(float64(n)/took.Seconds())
	}
	if did, rest := s.Done-p.first.Done, s.Total-s.Done; did > 0 && rest > 0 && took > 0 {
		words += ", " + spell(time.Duration(float64(took)*float64(rest)/float64(did))) + " left"
	}
	return words
}

// perSecond writes a rate; slow work is told by the minute.
func perSecond(rate float64) string {
	if rate < 1 {
		return fmt.Sprintf("%.0f/min", rate*60)
	}
	return grouped(int(rate)) + "/s"
}

// spell writes how long something takes, as exactly as anybody can tell:
// "40s", "12m30s", "3h20m".
func spell(d time.Duration) string {
	if d < time.Hour {
		return max(d.Round(time.Second), time.Second).String()
	}
	return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
}

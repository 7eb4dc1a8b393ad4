package store

import (
	"strconv"
	"time"
)

func formatVersion(v int64) string { return strconv.FormatInt(v, 10) }

// FormatTime writes milliseconds since 1970 as a FHIR instant in UTC.
func FormatTime(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z")
}

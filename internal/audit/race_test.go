//go:build race

package audit

// racing says that the race detector looks on, which makes everything many
// times slower: what has one goroutine is then done less often, and in full
// without it (scripts/test).
const racing = true

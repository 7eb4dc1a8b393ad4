package record

import "context"

// loadParams takes up the custom search parameters that the store holds.
func (d *Door) loadParams(ctx context.Context) error { return d.store.LoadParams(ctx) }

// Close ends background work. The database belongs to the caller.
func (d *Door) Close() {}

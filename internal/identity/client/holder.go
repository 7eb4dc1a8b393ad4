package client

import "github.com/bevanhealth/bevan/internal/access"

// Who is the one behind a permission, as the record's door takes them: with all
// that was allowed, whatever part of it a token has.
func (g Grant) Who() access.Who { return who(g.Client, g.ID, g.Account, g.Context, g.Scopes) }

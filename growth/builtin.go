package growth

import (
	_ "embed" // the tables lie beside the program, as they were published
	"sync"
)

var (
	//go:embed tables/who-2006-lying.csv
	who2006Lying []byte
	//go:embed tables/who-2006-standing.csv
	who2006Standing []byte
	//go:embed tables/who-2007.csv
	who2007Table []byte
	//go:embed tables/who-join.csv
	whoJoin []byte
	//go:embed tables/cdc-2000-lying.csv
	cdc2000Lying []byte
	//go:embed tables/cdc-2000-standing.csv
	cdc2000Standing []byte

	//go:embed tables/who-2006.json
	who2006Text []byte
	//go:embed tables/who-2007.json
	who2007Text []byte
	//go:embed tables/who.json
	whoText []byte
	//go:embed tables/cdc-2000.json
	cdc2000Text []byte
)

var builtTables = map[string][]byte{
	"who-2006-lying.csv":    who2006Lying,
	"who-2006-standing.csv": who2006Standing,
	"who-2007.csv":          who2007Table,
	"who-join.csv":          whoJoin,
	"cdc-2000-lying.csv":    cdc2000Lying,
	"cdc-2000-standing.csv": cdc2000Standing,
}

// built reads a reference that the program carries, once. A test reads all of
// them, so that what is damaged is not shipped.
func built(text *[]byte) func() *Reference {
	return sync.OnceValue(func() *Reference {
		r, err := Read(*text, func(name string) ([]byte, error) { return builtTables[name], nil })
		if err != nil {
			panic("growth: a table of the program is damaged: " + err.Error())
		}
		return r
	})
}

var (
	who2006 = built(&who2006Text)
	who2007 = built(&who2007Text)
	who     = built(&whoText)
	cdc2000 = built(&cdc2000Text)
)

// WHO2006 are the WHO Child Growth Standards: birth to 5 years, lying to the
// second birthday and standing from it.
func WHO2006() *Reference { return who2006() }

// WHO2007 is the WHO Growth Reference: from 5 years and 1 month to 19 years, weight
// to 10 years.
func WHO2007() *Reference { return who2007() }

// WHO are both, from birth to 19 years. The month between the end of the one and
// the beginning of the other is interpolated from the rows on both sides.
func WHO() *Reference { return who() }

// CDC2000 are the CDC Growth Charts for the United States: birth to 20 years. Body
// mass index above the 95th centile follows CDC's rule of 2022.
func CDC2000() *Reference { return cdc2000() }

// Builtin are the references that the program carries. The first is the one to use
// where nobody chose.
func Builtin() []*Reference { return []*Reference{WHO(), WHO2006(), WHO2007(), CDC2000()} }

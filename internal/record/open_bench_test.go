package record

import (
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/bevanhealth/bevan/internal/access"
)

// BenchmarkOpen opens sessions and asks for somebody's results, as
// BenchmarkChoices does, one after the other: what each kind of viewer costs in
// processor time, which other work on the machine changes least.
func BenchmarkOpen(b *testing.B) {
	door, none, twenty := chosenRegion(b, 300)
	for name, group := range map[string][]chooser{"none": none, "twenty": twenty} {
		for as, viewer := range onlookers {
			b.Run(as+", "+name+", session", func(b *testing.B) {
				perOp(b, group, func(p *chooser) error {
					who, why := viewer(p)
					_, err := door.Open(ctx, who, About{}, why)
					return err
				})
			})
			b.Run(as+", "+name+", search", func(b *testing.B) {
				perOp(b, group, func(p *chooser) error {
					who, why := viewer(p)
					return results(door, p, p.codes[len(p.codes)/2], who, why)
				})
			})
		}
	}
}

func perOp(b *testing.B, group []chooser, f func(p *chooser) error) {
	r := rand.New(rand.NewPCG(1, 7))
	b.ReportAllocs()
	from := processor(b)
	for b.Loop() {
		if err := f(&group[r.IntN(len(group))]); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(processor(b)-from)/float64(b.N), "cpu-ns/op")
}

// processor is the time that the process has had, in nanoseconds.
func processor(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// onlookers are those who ask in the benches.
var onlookers = map[string]func(p *chooser) (access.Who, access.Purpose){
	"operator": func(*chooser) (access.Who, access.Purpose) { return access.Operator("test"), access.Operations },
	"app": func(p *chooser) (access.Who, access.Purpose) {
		return access.Who{Actor: "account:1", Kind: access.Person, Role: access.RoleSelf, App: "x", Grant: "g", Patient: p.patient, Bound: access.AllTypes(access.Looking)}, access.Own
	},
	"staff": func(p *chooser) (access.Who, access.Purpose) {
		w := nurse(p.patient)
		w.Organisation = p.practice
		return w, access.Care
	},
}

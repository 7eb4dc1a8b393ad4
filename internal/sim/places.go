package sim

import (
	"iter"
	"strconv"
)

// A region has places in proportion to its people. The proportions are rough
// readings of England: about 10,000 registered people a practice (NHS England,
// Patients Registered at a GP Practice); practices here are half of that, so that
// a small region has a few. One hospital for 250,000, one community team for
// 60,000, and one board over all.
const (
	perPractice  = 5_000
	perHospital  = 250_000
	perCommunity = 60_000
)

func (r Region) practices() int   { return 2 + r.People/perPractice }
func (r Region) hospitals() int   { return 1 + r.People/perHospital }
func (r Region) communities() int { return 1 + r.People/perCommunity }

// spot names a place, or somebody or something within it, by the words and
// numbers of its id: practice-12-gp-3. Ids of places are stable, not random.
type spot struct {
	kind string
	n    int
	part string
	k    int
}

func (s spot) append(b []byte) []byte {
	b = append(append(b, s.kind...), '-')
	b = strconv.AppendInt(b, int64(s.n), 10)
	if s.part != "" {
		b = append(append(append(b, '-'), s.part...), '-')
		b = strconv.AppendInt(b, int64(s.k), 10)
	}
	return b
}

func (s spot) String() string { return string(s.append(nil)) }

func (s spot) within(part string, k int) spot { return spot{s.kind, s.n, part, k} }

const (
	atPractice  = "practice"
	atHospital  = "hospital"
	atCommunity = "community"
	atPharmacy  = "pharmacy"
	theBoard    = "board"
)

// doctors and nurses of a practice differ in number from one to the next.
func doctors(practice int) int { return 3 + int(mix(uint64(practice))%6) }
func nurses(practice int) int  { return 2 + int(mix(uint64(practice)+77)%3) }

const consultants = 2 // in each specialty of each hospital

// team is a service of the community provider.
type team struct {
	id, name, role string
	staff          int
}

var teams = [...]team{
	{"visiting", "Health visiting", "Health visitor", 6},
	{"school", "School age immunisation", "School nurse", 3},
	{"mind", "Community mental health", "Mental health nurse", 4},
	{"sexual", "Sexual health clinic", "Sexual health nurse", 3},
	{"nursing", "District nursing", "District nurse", 5},
	{"maternity", "Community midwifery", "Midwife", 5},
}

const (
	visiting = iota
	school
	mind
	sexual
	nursing
	maternity
)

// specialties of a hospital. The first is the emergency department.
var specialties = [...]string{"Emergency medicine", "General medicine", "General surgery",
	"Trauma and orthopaedics", "Cardiology", "Respiratory medicine", "Gastroenterology", "Dermatology",
	"Obstetrics and gynaecology", "Paediatrics", "Ophthalmology", "Urology", "Rheumatology", "Neurology",
	"Clinical oncology", "Ear, nose and throat", "Endocrinology", "Renal medicine", "Care of older people", "Psychiatry"}

const (
	emergency = iota
	medicine
	surgery
	orthopaedics
	cardiology
	respiratory
	gut
	skin
	obstetrics
	paediatrics
	eyes
	urology
	rheumatology
	neurology
	oncology
	throat
	endocrine
	renal
	elderly
	psychiatric
)

var specialtyConcepts = func() (all [len(specialties)]concept) {
	for i, name := range specialties {
		all[i] = own("specialty", "s"+strconv.Itoa(i), name)
	}
	return all
}()

// Places makes the region's organisations, locations, services and staff. Each
// keeps its id (Kept), since everybody's record refers to them by it; load them
// before the people. They depend on Region.Seed and Region.People.
func (r Region) Places() iter.Seq[Resource] {
	return func(yield func(Resource) bool) {
		p := founder{writer: writer{links: r.Links, example: r.Example}, r: r}
		steps := []struct {
			count int
			make  func(int)
		}{
			{1, p.board}, {r.practices(), p.practice}, {r.practices(), p.pharmacy},
			{r.hospitals(), p.hospital}, {r.communities(), p.community},
		}
		for _, step := range steps {
			for i := range step.count {
				p.out = p.out[:0]
				step.make(i)
				for _, one := range p.out {
					one.Kept = true
					if !yield(one) {
						return
					}
				}
			}
		}
	}
}

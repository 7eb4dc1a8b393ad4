package growth

// near is how far from a line a value may lie to be on or near it: a quarter of a
// space (RCPCH).
const near = Space / 4

// Band says where a value lies among the nine lines.
type Band struct {
	// On is the line that the value is on or near, as its place in Lines, or -1.
	On int
	// Under and Over are the lines on both sides of it: the last that is not above the
	// value, and the one after that. Under is -1 below all lines, and Over is
	// len(Lines) above all of them.
	Under, Over int
}

// BandOf is the band of a z-score.
func BandOf(z float64) Band {
	b := Band{-1, -1, len(Lines)}
	for i := range Lines {
		if d := z - Lines[i].Z; d >= -near && d <= near {
			b.On = i
		}
		if z >= Lines[i].Z {
			b.Under = i
		}
	}
	b.Over = b.Under + 1
	return b
}

// String is the band in words: "on or near the 25th centile".
func (b Band) String() string {
	switch {
	case b.On >= 0:
		return "on or near the " + Lines[b.On].Name + " centile"
	case b.Under < 0:
		return "below the " + Lines[0].Name + " centile"
	case b.Over >= len(Lines):
		return "above the " + Lines[len(Lines)-1].Name + " centile"
	}
	return "between the " + Lines[b.Under].Name + " and " + Lines[b.Over].Name + " centiles"
}

// SpacesBetween is how many spaces between lines lie between two z-scores: below
// zero when the second is lower.
func SpacesBetween(z1, z2 float64) float64 { return (z2 - z1) / Space }

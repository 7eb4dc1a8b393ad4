package growth

import (
	"fmt"
	"math"
)

// thresholds looks at the last measurements.
func (w *reviewer) thresholds() {
	w.neonatal()
	w.infantFall()
	w.faltering()
	w.school()
	w.bmi()
	w.head()
	w.weighing()
}

// last is the last sound measurement, or nil.
func (w *reviewer) last(m Measure) *Result {
	if n := len(w.sound[m]); n > 0 {
		return w.sound[m][n-1]
	}
	return nil
}

func days(r *Result) int { return int(math.Round(r.Chronological.Age * YearDays)) }

// birthWeight is the weight on the day of birth or the next, or nil. It needs no
// score: a reference may have no lines before term.
func (w *reviewer) birthWeight() *Result {
	for _, r := range w.by[Weight] {
		if b := bounds[Weight]; r.Chronological.Why != NoAge && days(r) <= 1 && r.Value >= b[0] && r.Value <= b[1] {
			return r
		}
	}
	return nil
}

// lastWeight is the last weight that can be right, with a score or without.
func (w *reviewer) lastWeight() *Result {
	for i := len(w.by[Weight]) - 1; i >= 0; i-- {
		r := w.by[Weight][i]
		if b := bounds[Weight]; r.Chronological.Why != NoAge && r.Value >= b[0] && r.Value <= b[1] {
			return r
		}
	}
	return nil
}

// rounding is what arithmetic adds to a percentage: ten per cent is not more than
// ten.
const rounding = 1e-9

func (w *reviewer) neonatal() {
	birth, now := w.birthWeight(), w.lastWeight()
	if birth == nil || now == nil || now == birth || now.On == birth.On {
		return
	}
	k := w.rules.Neonatal
	age := days(now)
	loss := (birth.Value - now.Value) / birth.Value * 100
	if age < k.LossUntilDays && loss > k.LossPercent+rounding {
		w.add("neonatal-loss", Look, now,
			fmt.Sprintf("Weight is %.1f%% below birth weight (%s) on day %d, more than %s%%: assess feeding and the baby.", loss, valueText(birth.Measurement), age, number(k.LossPercent)))
	}
	if age >= k.RegainedByDays && age <= k.AskUntilDays && loss > rounding {
		w.add("not-regained", Look, now,
			fmt.Sprintf("Birth weight (%s) is not regained on day %d: %s.", valueText(birth.Measurement), age, valueText(now.Measurement)))
	}
}

// infantFall finds a fall that the last two weights both show.
func (w *reviewer) infantFall() {
	all, k := w.sound[Weight], w.rules.InfantFall
	if len(all) < 3 {
		return
	}
	now, before := all[len(all)-1], all[len(all)-2]
	if now.Chronological.Age >= k.UntilYears || int(now.On-before.On) < k.SustainedDays {
		return
	}
	best := math.Inf(-1)
	for _, r := range all[:len(all)-2] {
		if d := days(r); d <= 1 || d >= k.AfterDays {
			best = max(best, r.Score().Z)
		}
	}
	fall := -SpacesBetween(best, max(now.Score().Z, before.Score().Z))
	if fall >= k.Spaces {
		w.add("infant-fall", Look, now,
			fmt.Sprintf("Sustained fall of weight through %.1f centile spaces, seen on %s and %s.", fall, before.On, now.On))
	}
}

// faltering is NICE's rule: how much of a fall counts depends on the weight at
// birth.
func (w *reviewer) faltering() {
	now, k := w.last(Weight), w.rules.Faltering
	if now == nil || days(now) < k.AfterDays || now.Chronological.Age >= k.UntilYears {
		return
	}
	z := now.Score().Z
	if z < k.Below.Z() {
		w.add("faltering-low", Look, now,
			fmt.Sprintf("Weight SDS %+.2f is below the %s centile, whatever the birth weight.", z, k.Below))
		return
	}
	birth := w.birthWeight()
	if birth == nil || !birth.Score().Known() {
		return
	}
	at := birth.Score().Z
	need := k.MiddleSpaces
	switch {
	case at < k.LowBirth.Z():
		need = k.LowSpaces
	case at > k.HighBirth.Z():
		need = k.HighSpaces
	}
	if fall := -SpacesBetween(at, z); fall >= need {
		w.add("faltering", Look, now,
			fmt.Sprintf("Fall of %.1f centile spaces from birth weight (SDS %+.2f); %s or more is a concern for that birth weight.", fall, at, number(need)))
	}
}

// school looks at children of school age.
func (w *reviewer) school() {
	k := w.rules.School
	for _, m := range []Measure{Weight, Height, BMI} {
		now := w.last(m)
		if now == nil || now.Chronological.Age < k.FromYears || now.Score().Z >= k.Below.Z() {
			continue
		}
		w.add("below-lowest", Look, now,
			fmt.Sprintf("%s SDS %+.2f is below the %s centile.", doctorNames[m], now.Score().Z, k.Below))
	}
	now := w.last(Height)
	if now == nil || now.Chronological.Age < k.FromYears {
		return
	}
	z := now.Score().Z
	if t, why := w.ref.Target(w.options.Parents, w.child.Sex, w.rules.Parents.TargetSpaces); why == Present {
		if gap := -SpacesBetween(t.Z, z); gap > k.ParentSpaces {
			w.add("below-parents", Look, now,
				fmt.Sprintf("Height is %.1f centile spaces below mid-parental height (%s cm, SDS %+.2f).", gap, number(math.Round(t.Middle*10)/10), t.Z))
		}
	}
	best := z
	for _, r := range w.sound[Height] {
		if r.Chronological.Age >= w.rules.BMI.FromYears {
			best = max(best, r.Score().Z)
		}
	}
	if drop := SpacesBetween(z, best); drop > k.HeightDropSpaces {
		w.add("height-drop", Look, now,
			fmt.Sprintf("Height has fallen through %.1f centile spaces.", drop))
	}
}

func (w *reviewer) bmi() {
	now, k := w.last(BMI), w.rules.BMI
	if now == nil || now.Chronological.Age < k.FromYears {
		return
	}
	z := now.Score().Z
	switch {
	case z > k.FarOver.Z():
		w.add("bmi-far-over", Look, now,
			fmt.Sprintf("BMI SDS %+.2f, above the %s centile: very overweight by the chart.", z, k.FarOver))
	case z > k.Over.Z():
		w.add("bmi-over", Look, now,
			fmt.Sprintf("BMI SDS %+.2f, above the %s centile: overweight by the chart.", z, k.Over))
	case z < k.Below.Z():
		w.add("bmi-below", Look, now,
			fmt.Sprintf("BMI SDS %+.2f, below the %s centile: possible undernutrition.", z, k.Below))
	}
}

func (w *reviewer) head() {
	all, k := w.sound[Head], w.rules.Head
	now := w.last(Head)
	if now == nil {
		return
	}
	z := now.Score().Z
	if z < k.Below.Z() {
		w.add("head-below", Look, now,
			fmt.Sprintf("Head circumference SDS %+.2f is below the %s centile.", z, k.Below))
		return
	}
	if len(all) < 2 {
		return
	}
	low := z
	for _, r := range all {
		low = min(low, r.Score().Z)
	}
	rise := SpacesBetween(low, z)
	rising := z > all[len(all)-2].Score().Z && now.Chronological.Age > k.RisingAfterYears
	if (z > k.Above.Z() || rise >= k.RiseSpaces) && rising {
		w.add("head-rising", Look, now,
			fmt.Sprintf("Head circumference SDS %+.2f, up through %.1f centile spaces and still rising after %s months. Ask sooner where there are signs.", z, rise, number(k.RisingAfterYears*12)))
	}
}

// weighing notes when a baby was weighed more often than helps.
func (w *reviewer) weighing() {
	all := w.sound[Weight]
	if len(all) < 2 {
		return
	}
	now, before := all[len(all)-1], all[len(all)-2]
	gap := int(now.On - before.On)
	for _, k := range w.rules.Weighing {
		if days(now) > k.UntilDays {
			continue
		}
		if gap > 0 && gap < k.EveryDays {
			w.add("often", Note, now,
				fmt.Sprintf("Weighed after %s; at this age at most every %s unless there is a concern.", count(gap, "day"), count(k.EveryDays, "day")))
		}
		return
	}
}

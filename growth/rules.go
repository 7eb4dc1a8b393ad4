package growth

import (
	"bytes"
	_ "embed" // the rules lie beside the program
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
)

// Rules are the thresholds at which somebody trained should look at a child, and
// those for doubts about a number. They are data with a version, so that a
// clinician can read, change and sign them off without a program.
type Rules struct {
	ID        string   `json:"id"`
	Version   string   `json:"version"`
	Effective string   `json:"effective"`
	Source    string   `json:"source"`
	Licence   string   `json:"licence"`
	SignedOff *SignOff `json:"signedOff"`

	Neonatal struct {
		LossPercent    float64 `json:"lossPercent"`    // of the birth weight, from which a loss is looked at
		LossUntilDays  int     `json:"lossUntilDays"`  // until this age
		RegainedByDays int     `json:"regainedByDays"` // the birth weight should have been reached by then
		AskUntilDays   int     `json:"askUntilDays"`   // weights after this age say nothing of it
	} `json:"neonatal"`
	InfantFall struct {
		Spaces        float64 `json:"spaces"`
		UntilYears    float64 `json:"untilYears"`
		AfterDays     int     `json:"afterDays"`     // weights between birth and this age are no beginning of a fall
		SustainedDays int     `json:"sustainedDays"` // the last two low weights lie at least so far apart
	} `json:"infantFall"`
	Faltering struct {
		AfterDays    int      `json:"afterDays"`
		UntilYears   float64  `json:"untilYears"`
		LowBirth     LineName `json:"lowBirth"`
		HighBirth    LineName `json:"highBirth"`
		LowSpaces    float64  `json:"lowSpaces"`
		MiddleSpaces float64  `json:"middleSpaces"`
		HighSpaces   float64  `json:"highSpaces"`
		Below        LineName `json:"below"`
	} `json:"faltering"`
	School struct {
		FromYears        float64  `json:"fromYears"`
		Below            LineName `json:"below"`
		ParentSpaces     float64  `json:"parentSpaces"`
		HeightDropSpaces float64  `json:"heightDropSpaces"`
	} `json:"school"`
	BMI struct {
		FromYears float64  `json:"fromYears"`
		Over      LineName `json:"over"`
		FarOver   LineName `json:"farOver"`
		Below     LineName `json:"below"`
	} `json:"bmi"`
	Head struct {
		Below            LineName `json:"below"`
		Above            LineName `json:"above"`
		RiseSpaces       float64  `json:"riseSpaces"`
		RisingAfterYears float64  `json:"risingAfterYears"`
	} `json:"head"`
	Parents struct {
		TargetSpaces float64 `json:"targetSpaces"` // nine in ten children are within so many spaces of their parents' middle
	} `json:"parents"`
	Weighing []struct {
		UntilDays int `json:"untilDays"`
		EveryDays int `json:"everyDays"`
	} `json:"weighing"`
	Shrinking struct {
		HeightCM   float64 `json:"heightCm"`   // what two measurements of one child differ by
		HeadCM     float64 `json:"headCm"`     //
		StandingCM float64 `json:"standingCm"` // how much less a child has standing than lying
		AfterDays  int     `json:"afterDays"`  // heads change their form in the first days
	} `json:"shrinking"`
	Slips struct {
		Away      float64 `json:"away"`      // standard deviations from the child's own line from which a slip is looked for
		Alone     float64 `json:"alone"`     // the same from the median, where there is no other measurement
		Fits      float64 `json:"fits"`      // how close to its own line the mended number has to lie
		FitsAlone float64 `json:"fitsAlone"` //
	} `json:"slips"`
}

// LineName is the name of one of Lines, such as 9th.
type LineName string

// Z is the z-score of the line; read rules name only lines that there are.
func (n LineName) Z() float64 {
	for _, l := range Lines {
		if l.Name == string(n) {
			return l.Z
		}
	}
	return 0
}

// UnmarshalJSON reads the name of a line.
func (n *LineName) UnmarshalJSON(data []byte) error {
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	for _, l := range Lines {
		if l.Name == s {
			*n = LineName(s)
			return nil
		}
	}
	return fmt.Errorf("%.40q is none of the nine lines, such as 9th", s)
}

//go:embed rules/review.json
var reviewText []byte

var defaultRules = sync.OnceValue(func() *Rules {
	r, err := ReadRules(reviewText)
	if err != nil {
		panic("growth: the rules of the program are damaged: " + err.Error())
	}
	return r
})

// DefaultRules are the rules that the program carries. Nobody has signed them off.
func DefaultRules() *Rules { return defaultRules() }

// Name is the id and version, to stand beside a finding.
func (r *Rules) Name() string { return r.ID + " " + r.Version }

// ReadRules reads rules as JSON. All of them have to be there: a threshold that was
// left out is not taken for zero.
func ReadRules(data []byte) (*Rules, error) {
	if len(data) > MaxFile {
		return nil, errors.New("the file is too large")
	}
	r := &Rules{}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(r); err != nil {
		return nil, fmt.Errorf("the file holds no rules: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the file goes on behind its end")
	}
	return r, r.check()
}

func (r *Rules) check() error {
	if !isID(r.ID) || strings.TrimSpace(r.Version) == "" || strings.TrimSpace(r.Source) == "" {
		return errors.New("rules have to say their id, version and source")
	}
	for name, x := range map[string]float64{
		"neonatal.lossPercent": r.Neonatal.LossPercent, "neonatal.lossUntilDays": float64(r.Neonatal.LossUntilDays),
		"neonatal.regainedByDays": float64(r.Neonatal.RegainedByDays), "neonatal.askUntilDays": float64(r.Neonatal.AskUntilDays),
		"infantFall.spaces": r.InfantFall.Spaces, "infantFall.untilYears": r.InfantFall.UntilYears,
		"infantFall.afterDays": float64(r.InfantFall.AfterDays), "infantFall.sustainedDays": float64(r.InfantFall.SustainedDays),
		"faltering.afterDays": float64(r.Faltering.AfterDays), "faltering.untilYears": r.Faltering.UntilYears,
		"faltering.lowSpaces": r.Faltering.LowSpaces, "faltering.middleSpaces": r.Faltering.MiddleSpaces, "faltering.highSpaces": r.Faltering.HighSpaces,
		"school.fromYears": r.School.FromYears, "school.parentSpaces": r.School.ParentSpaces, "school.heightDropSpaces": r.School.HeightDropSpaces,
		"bmi.fromYears": r.BMI.FromYears, "head.riseSpaces": r.Head.RiseSpaces, "head.risingAfterYears": r.Head.RisingAfterYears,
		"parents.targetSpaces": r.Parents.TargetSpaces, "weighing": float64(len(r.Weighing)),
		"shrinking.heightCm": r.Shrinking.HeightCM, "shrinking.headCm": r.Shrinking.HeadCM,
		"shrinking.standingCm": r.Shrinking.StandingCM, "shrinking.afterDays": float64(r.Shrinking.AfterDays),
		"slips.away": r.Slips.Away, "slips.alone": r.Slips.Alone, "slips.fits": r.Slips.Fits, "slips.fitsAlone": r.Slips.FitsAlone,
	} {
		if !(x > 0 && x <= 10_000) {
			return fmt.Errorf("%s is missing, or no number above zero", name)
		}
	}
	for name, line := range map[string]LineName{
		"faltering.lowBirth": r.Faltering.LowBirth, "faltering.highBirth": r.Faltering.HighBirth, "faltering.below": r.Faltering.Below,
		"school.below": r.School.Below, "bmi.over": r.BMI.Over, "bmi.farOver": r.BMI.FarOver, "bmi.below": r.BMI.Below,
		"head.below": r.Head.Below, "head.above": r.Head.Above,
	} {
		if line == "" {
			return fmt.Errorf("%s is missing: it is one of the nine lines, such as 9th", name)
		}
	}
	return nil
}

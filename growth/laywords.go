package growth

import (
	"maps"
	"slices"
)

// layWords is what a parent is told of each finding, by its code. They are here
// together so that somebody can read all of them, and a test their reading age.
var layWords = map[string]string{
	"gestation":     "The length of the pregnancy can not be right. Ask for it to be checked.",
	"before-birth":  "The date is before the birth. Check both dates.",
	"out-of-bounds": "This number can not be right. Check it, and the unit.",
	"far-out":       "This number is very far from what is usual. Measure again if you can.",
	"method":        "How the child was measured does not fit the chart at this age. Lying down gives a little more than standing up.",

	"unit-pounds":      "This number looks as if it was in pounds. Check it.",
	"unit-grams":       "This number looks as if it was in grams. Check it.",
	"unit-inches":      "This number looks as if it was in inches. Check it.",
	"unit-metres":      "This number looks as if it was in metres. Check it.",
	"unit-millimetres": "This number looks as if it was in millimetres. Check it.",
	"digits":           "Two digits of this number may be the wrong way round. Check it.",
	"fields":           "Weight and height may be the wrong way round. Check both.",
	"shrinking":        "This is less than the time before. One of the two numbers may be wrong. Measure again if you can.",

	"neonatal-loss": "Most babies lose some weight in the first days. This is more than most lose. Ask your midwife or health visitor to look at feeding today.",
	"not-regained":  "Most babies are back to their birth weight by 3 weeks. Ask your health visitor to look at this.",
	"infant-fall":   "Your baby's weight has dropped by 2 or more lines on the chart. Ask your health visitor to look at this.",
	"faltering-low": "This weight is below the 2nd centile. Ask your health visitor or doctor to look at it.",
	"faltering":     "Weight has dropped on the chart since birth. Ask your health visitor or doctor to look at it.",
	"below-lowest":  "This is below the lowest line on the chart. Ask a school nurse or doctor to look at it.",
	"below-parents": "This height is lower than the parents' heights would suggest. Ask a school nurse or doctor to look at it.",
	"height-drop":   "Height has dropped by more than 2 lines on the chart. Ask a school nurse or doctor to look at it.",
	"bmi-far-over":  "Weight is far above what is usual for this height." + talk,
	"bmi-over":      "Weight is above what is usual for this height." + talk,
	"bmi-below":     "Weight is below what is usual for this height." + talk,
	"head-below":    "This head size is below the 2nd centile. Ask your health visitor or doctor to look at it.",
	"head-rising":   "This head size is high on the chart, or has gone up on it, and is still going up. Ask your health visitor or doctor to look at it.",
	"often":         "Weight goes up and down by itself from day to day. Most children at this age do not need to be weighed so soon again.",
}

const talk = " A health visitor, school nurse or doctor can talk about it with you."

// Codes are the codes of all findings that there can be.
func Codes() []string { return slices.Sorted(maps.Keys(layWords)) }

// LayOf is what a parent is told of a finding.
func LayOf(code string) string { return layWords[code] }

package words

// Dense is said beside a chart of all values of a test that has very many.
type Dense struct {
	What, Button          string
	Works, Away, Old      string
	Drawn, Cut, Left      string
	Near                  string
	Closer, Wider         string
	Earlier, Later, Whole string
}

func denseEnglish() Dense {
	return Dense{
		What: "There are more values than one page shows.", Button: "Draw all values on one chart",
		Works: "The values are on their way.", Away: "The values did not come. Try again in a moment.",
		Old: "This browser can not draw the chart. The newest values are in the table.",
		// The script puts numbers and days in the place of the words in braces.
		Drawn: "{n} values are drawn, from {from} to {to}.", Cut: "Older ones are not on the chart.",
		Left:   "{left} values are not drawn. They are no exact number, or have another unit.",
		Near:   "Point at the chart to read a value.",
		Closer: "Closer", Wider: "Wider", Earlier: "Earlier", Later: "Later", Whole: "All of it",
	}
}

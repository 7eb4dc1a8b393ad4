package smart

import "encoding/json"

// look is how an app that is opened from our pages may look, so that people
// know where they are (SMART 2.2, "Styling"). Colours and sizes are those of
// the pages.
var look = map[string]string{
	"color_background":     "#ffffff",
	"color_error":          "#d5281b",
	"color_highlight":      "#ffeb3b",
	"color_modal_backdrop": "",
	"color_success":        "#007f3b",
	"color_text":           "#212b32",
	"dim_border_radius":    "4px",
	"dim_font_size":        "19px",
	"dim_spacing_size":     "24px",
	"font_family_body":     "sans-serif",
	"font_family_heading":  "sans-serif",
}

// The address changes with what lies there, so that whoever kept it never shows
// an older look.
const styleVersion = "1"

func (s *Server) styleURL() string { return s.cfg.Issuer + pathStyle + "?v=" + styleVersion }

func (c *call) style() error {
	b, err := json.Marshal(look)
	if err != nil {
		return err
	}
	return c.publish(b)
}

// trustmark says what a vector of trust from here means (RFC 8485 section 5).
func (c *call) trustmark() error {
	return c.public(struct {
		Provider string            `json:"idp"`
		Mark     string            `json:"trustmark_provider"`
		Proof    []string          `json:"P"`
		Primary  []string          `json:"C"`
		Meaning  map[string]string `json:"definitions"`
	}{c.s.cfg.Issuer, c.s.cfg.Issuer, []string{"P0", "P5", "P9"}, []string{"Ck", "Cm"}, map[string]string{
		"P0": "Nobody has checked who the person is.",
		"P5": "What the person said of themselves agrees with one record and no other.",
		"P9": "Somebody compared the person with a photograph on an identity document.",
		"Ck": "The person used a code that their device and this server know.",
		"Cm": "The person used a passkey, which asked for their finger, face or PIN.",
	}})
}

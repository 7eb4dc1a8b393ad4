package sim

import (
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// valid is written on its own from the NHS Data Dictionary's description.
func valid(number string) bool {
	if len(number) != 10 {
		return false
	}
	sum := 0
	for i := range 9 {
		if number[i] < '0' || number[i] > '9' {
			return false
		}
		sum += int(number[i]-'0') * (10 - i)
	}
	check := 11 - sum%11
	if check == 11 {
		check = 0
	}
	return check < 10 && int(number[9]-'0') == check
}

func TestEveryNHSNumberIsValidInRangeAndUnique(t *testing.T) {
	var seen [10_000_000]bool
	for n := range Numbers {
		number, ok := Number(42, n)
		if !ok || !valid(number) || number[:3] != "999" {
			t.Fatalf("person %d: %q", n, number)
		}
		tail := 0
		for _, c := range number[3:] {
			tail = tail*10 + int(c-'0')
		}
		if seen[tail] {
			t.Fatalf("%s is given twice", number)
		}
		seen[tail] = true
	}
}

func TestNobodyBeyondTheRangeHasANumber(t *testing.T) {
	for _, n := range []int{-1, Numbers, Numbers + 1, 1 << 40} {
		if number, ok := Number(1, n); ok || number != "" {
			t.Errorf("person %d has the number %q", n, number)
		}
	}
	for n, want := range map[int]bool{Numbers - 1: true, Numbers: false, Numbers + 77: false} {
		for one := range region(2*Numbers, 0.1).Person(n) {
			s := string(one.JSON)
			if one.Type != "Patient" {
				continue
			}
			if strings.Contains(s, nhsNumber) != want || !strings.Contains(s, `"`+personID+`","value":"`+strconv.Itoa(n)+`"`) {
				t.Errorf("person %d: %s", n, s)
			}
		}
	}
	if n, err := (Region{People: Numbers}).Numbered(); n != Numbers || err != nil {
		t.Errorf("a full range: %d, %v", n, err)
	}
	if n, err := (Region{People: Numbers + 1}).Numbered(); n != Numbers || err == nil {
		t.Errorf("one too many: %d, %v", n, err)
	}
}

func TestNumbersAreValidForAnySeed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, n := rapid.Uint64().Draw(t, "seed"), rapid.IntRange(0, Numbers-1).Draw(t, "n")
		if number, ok := Number(seed, n); !ok || !valid(number) {
			t.Fatalf("%q", number)
		}
	})
}

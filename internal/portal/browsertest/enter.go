package browsertest

import (
	"context"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// Enter presses the enter key as a keyboard does: the key and its letter are
// one event, which goes to where the focus is when it begins. Press sends them
// one after the other, so that the letter of a key that moves the focus would
// go to where it went.
func (p *Tab) Enter() {
	p.t.Helper()
	key := input.DispatchKeyEventParams{Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13, NativeVirtualKeyCode: 13}
	p.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		key.Type, key.Text, key.UnmodifiedText = input.DispatchKeyEventTypeKeyDown, "\r", "\r"
		if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, key); err != nil {
			return err
		}
		key.Type, key.Text, key.UnmodifiedText = input.DispatchKeyEventTypeKeyUp, "", ""
		_, err := cdp.Call(ctx, t, input.DispatchKeyEvent, key)
		return err
	}))
}

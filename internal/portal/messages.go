package portal

import (
	"cmp"
	"strconv"

	"github.com/bevanhealth/bevan/internal/child/event"
	"github.com/bevanhealth/bevan/internal/portal/words"
	"github.com/bevanhealth/bevan/internal/problem"
)

const messagesAt = operatorAt + "/messages"

// messageRoutes are the pages about event messages that wait for a person.
var messageRoutes = []route{
	{"GET " + messagesAt, operate(messageList)},
	{"GET " + messagesAt + "/{id}", operate(oneMessage)},
	{"GET " + messagesAt + "/{id}/take", operateFresh(takeMessage)},
	{"POST " + messagesAt + "/{id}/take", operateFresh(takeMessageFinish)},
	{"GET " + messagesAt + "/{id}/dismiss", operateFresh(dismissMessage)},
	{"POST " + messagesAt + "/{id}/dismiss", operateFresh(dismissMessageFinish)},
}

const (
	messageTaken     done = "message-taken"
	messageDismissed done = "message-dismissed"
)

func (d done) messageSentence(w words.Messages) string {
	return map[done]string{messageTaken: w.Taken, messageDismissed: w.Dismissed}[d]
}

// messageList lists those that wait. What they say about anybody is on no page: whoever
// runs the service asks the sender, who knows.
func messageList(v *visit) error {
	if v.p.cfg.Messages == nil {
		return problem.New(problem.Unavailable, "")
	}
	all, total, err := v.p.cfg.Messages.Waiting(v.r.Context())
	if err != nil {
		return err
	}
	w := v.p.words.Messages
	t := table{Caption: w.Title, None: w.None, Heads: []string{w.Came, w.Event, w.From, w.Why, w.Where}}
	for _, k := range all {
		t.Rows = append(t.Rows, []cell{{Text: v.when(k.Received), Href: messagesAt + "/" + k.ID}, text(v.eventName(k)), text(cmp.Or(k.Source, w.Unknown)), text(w.Reasons[k.Reason]), text(v.messagePlace(k))})
	}
	says := []string{w.Text}
	if total > len(all) {
		says = append(says, w.More)
	}
	return v.showSheet(&sheet{title: w.Title, text: says, tables: []table{t}, links: []link{{v.p.words.Operator.Title, operatorAt}}})
}

// eventName is what a message is about, in words.
func (v *visit) eventName(k event.Kept) string {
	w := v.p.words.Messages
	name := w.Events[k.Event]
	if name == "" {
		return w.Unknown
	}
	return name + " (" + w.Kinds[string(k.Kind)] + ")"
}

// messagePlace is where in a message something is wrong.
func (v *visit) messagePlace(k event.Kept) string {
	w := v.p.words.Messages
	if k.Line == 0 {
		return w.Whole
	}
	return w.Line + " " + strconv.Itoa(k.Line)
}

func (v *visit) theMessage() (event.Kept, error) {
	if v.p.cfg.Messages == nil {
		return event.Kept{}, problem.New(problem.Unavailable, "")
	}
	return v.p.cfg.Messages.One(v.r.Context(), v.r.PathValue("id"))
}

// waits says whether a message can still be decided about.
func waits(k event.Kept) bool { return k.State != event.Dismissed && !inRecord(k.State) }

func inRecord(s event.State) bool { return s == event.Applied || s == event.Same || s == event.Late }

// oneMessage shows why a message waits, and what can be done.
func oneMessage(v *visit) error {
	k, err := v.theMessage()
	if err != nil {
		return err
	}
	w := v.p.words.Messages
	facts := []fact{{w.State, w.States[string(k.State)]}, {w.Came, v.when(k.Received)}, {w.From, cmp.Or(k.Source, w.Unknown)}, {w.Sender, k.Sender}}
	back := link{w.Back, messagesAt}
	if !waits(k) {
		return v.showSheet(&sheet{title: v.eventName(k), facts: facts, links: []link{back}})
	}
	facts = append(facts, fact{w.Why, w.Reasons[k.Reason]}, fact{w.Where, v.messagePlace(k)})
	if k.Place != "" {
		facts = append(facts, fact{w.Place, k.Place})
	}
	if k.Say != "" {
		facts = append(facts, fact{w.Details, k.Say})
	}
	take := w.Again
	if k.MayTake() {
		take = w.Take
	}
	at := messagesAt + "/" + k.ID
	return v.showSheet(&sheet{title: v.eventName(k), text: []string{w.Next[k.Reason]}, facts: facts, links: []link{{take, at + "/take"}, {w.Dismiss, at + "/dismiss"}, back}})
}

// takingQuestion asks whether a message is to be taken as it is, or tried again.
func (v *visit) takingQuestion(k event.Kept) *question {
	w := v.p.words.Messages
	title, says, button := w.Again, w.AgainText, w.AgainButton
	if k.MayTake() {
		title, says, button = w.Take, w.TakeText, w.TakeButton
	}
	f := v.newForm(button)
	if k.MayChoose() {
		f = v.newForm(button, &field{ID: "number", Label: w.Number, Hint: w.NumberHint, Auto: "off", Mode: "numeric"})
	}
	f.Danger, f.Cancel = k.MayTake(), messagesAt+"/"+k.ID
	f.Hidden = [][2]string{{"why", k.Reason}}
	shown := []string{v.eventName(k), v.messagePlace(k)}
	if k.MayTake() {
		shown = append(shown, w.Sure+": "+k.Say)
	}
	return &question{title: title, shown: shown, text: []string{says}, form: f}
}

func takeMessage(v *visit) error {
	k, err := v.theMessage()
	if err != nil {
		return err
	}
	if !waits(k) {
		return v.goOn(messagesAt + "/" + k.ID)
	}
	return v.ask(v.takingQuestion(k))
}

// takeMessageFinish takes it. What somebody says yes to is what they were shown:
// where it waits for another reason by now, they are asked again.
func takeMessageFinish(v *visit) error {
	k, err := v.theMessage()
	if err != nil {
		return err
	}
	if !waits(k) {
		return v.goOn(messagesAt + "/" + k.ID)
	}
	who, err := v.asOperator()
	if err != nil {
		return err
	}
	s, err := v.p.cfg.MessageSession(v.r.Context(), who)
	if err != nil {
		return err
	}
	r, err := v.p.cfg.Messages.Retry(v.r.Context(), s, k.ID, k.MayTake() && v.typed("why") == k.Reason, v.typed("number"), v.by())
	switch {
	case problem.Is(err, problem.Invalid), problem.Is(err, problem.Conflict):
		return v.again(v.takingQuestion(k), "number", err)
	case err != nil:
		return err
	case r.Refusal != nil:
		if k, err = v.theMessage(); err != nil {
			return err
		}
		return v.again(v.takingQuestion(k), "", problem.New(problem.Unprocessable, v.p.words.Messages.StillWaits+" "+v.p.words.Messages.Reasons[k.Reason]))
	}
	return v.doneThen(messageTaken, messagesAt)
}

func (v *visit) dismissQuestion(k event.Kept) *question {
	w := v.p.words.Messages
	f := v.newForm(w.DismissButton, &field{ID: "reason", Label: w.Reason, Hint: w.ReasonHint, Auto: "off", Lines: 3})
	f.Danger, f.Cancel = true, messagesAt+"/"+k.ID
	return &question{title: w.Dismiss, shown: []string{v.eventName(k), v.messagePlace(k)}, text: []string{w.DismissText}, form: f}
}

// dismissMessage asks why a message is put aside.
func dismissMessage(v *visit) error {
	k, err := v.theMessage()
	if err != nil {
		return err
	}
	if !waits(k) {
		return v.goOn(messagesAt + "/" + k.ID)
	}
	return v.ask(v.dismissQuestion(k))
}

// dismissMessageFinish puts it aside. Twice is once.
func dismissMessageFinish(v *visit) error {
	k, err := v.theMessage()
	if err != nil {
		return err
	}
	if err := v.p.cfg.Messages.Dismiss(v.r.Context(), k.ID, v.by(), v.typed("reason")); problem.Is(err, problem.Invalid) {
		return v.again(v.dismissQuestion(k), "reason", err)
	} else if err != nil {
		return err
	}
	return v.doneThen(messageDismissed, messagesAt)
}

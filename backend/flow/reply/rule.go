package reply

import (
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/query"
	"emitscope/backend/template"
)

// rule is a rule that was read.
type rule struct {
	msg.Rule
	filter query.Filter
	tally  *tally
	words  *template.Run  // of Data; nil: the last of a stream are meant
	writes sync.Mutex     // words has one reply at a time
	gone   atomic.Bool    // it is not in force any more
	source msg.RuleSource // guarded by Rules.mu
}

// BuiltIn is the rule every hub has.
func BuiltIn() msg.Rule {
	return msg.Rule{
		Name: "message on /ws", On: true, Namespace: "/ws", Event: "message",
		Act: msg.RuleAnswers, Reply: "message_back", Data: `{"result":"OK"}`, Probability: 1,
	}
}

// Check says what is wrong with a rule, and names the field and the place in it.
func Check(r msg.Rule) error {
	_, err := compile(r)
	return err
}

func compile(r msg.Rule) (*rule, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	one := &rule{Rule: r, tally: &tally{}}
	var err error
	if one.filter, err = query.Parse(r.Query); err != nil {
		return nil, fault.From(err).WithField("query")
	}
	if r.Last == 0 {
		words, err := template.ParseReply(r.Data)
		if err != nil {
			return nil, fault.From(err).WithField("data")
		}
		one.words = words.Start(template.Env{Seed: rand.Uint64()})
	}
	return one, nil
}

// data makes the JSON of a reply.
func (r *rule) data(heard *msg.Message, recent recent) ([]byte, error) {
	if r.words != nil {
		r.writes.Lock()
		defer r.writes.Unlock()
		return r.words.Append(nil, &template.Said{
			Namespace: heard.Namespace, Event: heard.Event, Client: heard.Origin.Client, Payload: heard.Payload,
		})
	}
	past, _ := recent.Last(r.Namespace, []string{r.LastOf}, nil, r.Last)
	list := []byte{'['}
	for i, rec := range past {
		if i > 0 {
			list = append(list, ',')
		}
		list = append(list, rec.Payload...)
	}
	return append(list, ']'), nil
}

// draft is the reply with this data.
func (r *rule) draft(heard *msg.Message, data []byte) msg.Draft {
	d := msg.Draft{Namespace: r.Namespace, Event: r.Reply, Payload: data, Rooms: r.Rooms, Origin: msg.Origin{Door: msg.DoorReply}}
	switch r.Act {
	case msg.RuleAnswers:
		d.To = heard.Origin.Client
	case msg.RuleAcknowledges:
		d.Event, d.To, d.Callback = r.Event, heard.Origin.Client, heard.Callback
	}
	return d
}

// taken is what a callback is given that no rule answers.
func taken(seq uint64) []byte {
	return append(strconv.AppendUint([]byte(`{"ok":true,"seq":`), seq, 10), '}')
}

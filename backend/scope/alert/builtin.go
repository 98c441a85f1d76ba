package alert

import "emitscope/backend/msg"

// BuiltIn returns the alerts that every hub has. Those that are on tell of what
// nobody wants: a queue that fills, messages that are lost. The others would also
// tell of what is all right where it is expected, such as a phone that sleeps.
func BuiltIn() []msg.Alert {
	of := func(name string, on bool, when msg.Condition, limit float64) msg.Alert {
		hold, clearHold := when.DefaultHolds(limit)
		return msg.Alert{Name: name, On: on, When: when, Limit: limit, Clear: when.DefaultClear(limit), Hold: hold, ClearHold: clearHold}
	}
	return []msg.Alert{
		of("Client falls behind", false, msg.ClientsLag, 1),
		of("Emits are late", false, msg.LatenessOver, 10),
		of("Messages are lost", true, msg.MessagesLost, 1),
		of("Queue fills up", true, msg.QueueOver, 80),
	}
}

package main

// directions are the classes of the file in TwittEmp's format.
var directions = []string{"none", "seeking", "providing"}

// directionWords are short messages about an illness. Whoever seeks empathy tells of
// themselves and asks; whoever provides it turns to the other; the rest inform or chat,
// about the same illness, at the same places, with the same feelings.
var directionWords = shared.with(grammar{
	"who": {"my mother", "my brother", "a friend from school", "our neighbour", "my aunt", "the woman next door", "my best friend",
		"a colleague", "my grandfather", "our teacher"},
	"illness": {"cancer", "breast cancer", "leukemia", "the tumour", "lung cancer", "the lymphoma"},
	"step": {"the second round of chemo", "the operation", "the biopsy", "six weeks of radiation", "the scan", "the waiting list",
		"the new medicine", "the first check-up"},
	"low": append(append([]string{"exhausted", "overwhelmed", "worn out"}, feelings["fear"]...), feelings["sadness"]...),
	"fact": {"the clinic opens a second ward", "screening is free until Friday", "a study lists {number} new treatments",
		"the charity run starts at nine", "the lecture on {illness} is online", "the ministry counts {number} thousand cases",
		"the fund has paid for {number} machines"},
	"errand": {"the parking at the clinic", "the queue at the pharmacy", "the coffee in the waiting room", "the posters about {illness}",
		"the traffic to the hospital", "the film about {illness}"},

	"seek": {
		"{Step} starts on {weekday} and I am {low}. Could somebody just talk to me?",
		"I have been {low} since they found {illness}. Has anybody been through this?",
		"Please keep me in your thoughts, {step} is {when} and I am {low}.",
		"I don't know how to tell {who} that I have {illness}. I feel so {low}.",
		"Sitting here {low} after {step}, nobody to call. Anyone awake?",
		"Does it get easier after {step}? I am {low} and need to hear it.",
		"They say {illness} is back and I can't stop shaking. I need a kind word.",
		"I feel {low} and I am tired of being brave about {illness}.",
		"Lost {who} to {illness} {when}. I am {low}, please tell me how to go on.",
		"I wish somebody would hold my hand during {step}.",
	},
	"provide": {
		"I am so sorry about {illness}, you are not alone. Write to me whenever you feel {low}.",
		"Thinking of you before {step}. It is all right to be {low}.",
		"You have every reason to feel {low}. I am here if you want to talk about {illness}.",
		"My heart goes out to you and {who}. I know how {low} {step} makes one.",
		"Sending you strength for {step}, my friend. We sit with you in this.",
		"I hear you. {Illness} is cruel and you are doing more than anyone could ask.",
		"No need to be brave with us. Be {low}, we stay.",
		"I lost {who} to {illness} too and I understand. May I call you {when}?",
		"What you say about {step} moves me. You deserve all the care there is.",
		"Hold on, {weekday} will pass, and we will still be here for you.",
	},
	"inform": {
		"Heard {when} that {fact}.",
		"According to the {source} {fact}.",
		"Did anybody see {errand} {when}? Unbelievable.",
		"I wrote {number} pages about {illness} for biology class, done at last.",
		"{Who} works at the lab that looks for {illness}, {fact}.",
		"Reminder: {fact}. Bring your card.",
		"The {source} says that people feel {low} about {step}. Fine, but what about the costs?",
		"Talked about {errand} at {room} again.",
		"Who else is annoyed by {errand}?",
		"New {weekday} rule: {fact}. That is all.",
	},
	"tag":  {"#cancer", "#hope", "#clinic", "#chemo", "#health"},
	"lead": {"Thread:", "So,", "{Weekday}:", "Late thought:", "From {room}:"},
})

// directionText writes one message of a class.
func directionText(c *chooser, class string) (string, error) {
	form := map[string]string{"none": "{inform}", "seeking": "{seek}", "providing": "{provide}"}[class]
	switch n := c.below(100); {
	case n < 35:
		form += " {tag}"
	case n < 55:
		form = "{lead} " + form
	}
	return directionWords.expand(c, form)
}

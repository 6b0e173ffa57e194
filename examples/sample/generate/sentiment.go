package main

// A subject is a kind of thing that remarks are made about, with what can be said of it.
var subjects = []grammar{
	{
		"thing": {"the film", "the play", "the novel", "the concert", "the exhibition", "the series", "the audiobook", "the puppet show", "the documentary"},
		"aspect": {"the ending", "the first half", "the music", "the main character", "the dialogue", "the humour", "the story", "the pace",
			"the opening scene"},
	},
	{
		"thing": {"the new café", "the hotel by the station", "the bakery", "the pizza place", "the swimming pool", "the campsite",
			"the dental practice", "the hair salon", "the night train"},
		"aspect": {"the staff", "the service", "the room", "the waiting time", "the welcome", "the price", "the view", "the smell", "the noise level"},
	},
	{
		"thing": {"the phone", "the vacuum cleaner", "the headset", "the rain jacket", "the coffee machine", "the garden chair",
			"the bicycle lamp", "the backpack", "the board game"},
		"aspect": {"the battery", "the design", "the manual", "the fabric", "the colour", "the packaging", "the repair service", "the handle", "the sound"},
	},
}

var sentimentWords = shared.with(grammar{
	"good": {"wonderful", "lovely", "charming", "excellent", "superb", "delightful", "warm", "thoughtful", "touching", "brilliant",
		"gentle", "reliable", "fresh", "inspiring", "comforting", "generous", "pleasant"},
	"bad": {"dreadful", "dull", "awful", "disappointing", "cold", "careless", "rude", "painful", "tiresome", "cheap", "sloppy",
		"flimsy", "unfair", "heartless", "stale", "clumsy", "gloomy"},
	"glad": append([]string{"smiling", "reassured", "calm", "at ease"}, feelings["joy"]...),
	"low":  append(append([]string{"let down", "disgusted", "worried"}, feelings["sadness"]...), feelings["anger"]...),
	"context": {"We went {when}.", "It was a gift from my {relative}.", "My {relative} had told me about it.", "I read about it in the {source}.",
		"I had {number} minutes to try it.", "It was my second try.", "People at {room} talk about it.", "I had no idea what to expect.",
		"We were {number} people.", "I paid for it myself.", "It rained that {weekday}."},

	"praise": {
		"{Thing} was {good} from start to finish.",
		"I left {glad} and told everyone at {room}.",
		"I expected little, but {aspect} turned out {good}.",
		"Not {bad} at all, {aspect} was {good}.",
		"I was {low} when it started and {glad} when it was over.",
		"{Aspect} was a bit {bad}, but all in all {thing} made me {glad}.",
		"My {relative} called {thing} {bad}, I found it {good}.",
		"{Aspect} alone is worth the money, so {good}.",
		"I would choose {thing} again tomorrow.",
		"{Thing} had me {glad} for days.",
		"I am {glad} that I gave {thing} a chance, {aspect} is {good}.",
		"Such a {good} and {good} thing, I thank whoever made it.",
		"Best {weekday} in a long time, {good} and never boring.",
		"I recommend {thing} to everyone, {aspect} above all.",
		"What a {good} surprise {aspect} was.",
		"Do not listen to those who call {aspect} {bad}.",
		"It could have been {bad}, and it was anything but that.",
	},
	"complaint": {
		"{Thing} was {bad} from start to finish.",
		"I left {low} and warned everyone at {room}.",
		"I expected a lot, but {aspect} turned out {bad}.",
		"Not {good} at all, {aspect} was {bad}.",
		"I was {glad} when it started and {low} when it was over.",
		"{Aspect} was quite {good}, but all in all {thing} left me {low}.",
		"My {relative} called {thing} {good}, I found it {bad}.",
		"{Aspect} alone is a reason to stay away, so {bad}.",
		"I would not choose {thing} again.",
		"{Thing} had me {low} for days.",
		"I am {low} that I gave {thing} a chance, {aspect} is {bad}.",
		"Such a {bad} and {bad} thing, I pity whoever paid for it.",
		"Worst {weekday} in a long time, {bad} and far too long.",
		"I regret every minute with {thing}, {aspect} above all.",
		"What a {bad} surprise {aspect} was.",
		"Do not listen to those who call {aspect} {good}.",
		"It could have been {good}, and it was anything but that.",
	},
})

// sentimentText writes one text of a class, "positive" or "negative".
func sentimentText(c *chooser, class string) (string, error) {
	core := "{praise}"
	if class == "negative" {
		core = "{complaint}"
	}
	forms := []string{core + " " + core, "{context} " + core, core + " {context}", "{context} " + core + " " + core}
	subject := subjects[c.below(len(subjects))]
	thing := grammar{"thing": {c.pick(subject["thing"])}} // one thing a text
	return sentimentWords.with(subject).with(thing).expand(c, c.pick(forms))
}

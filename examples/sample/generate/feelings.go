package main

// feelings are adjectives for Plutchik's eight emotions. All corpora name feelings
// with them, which is what their tasks have in common.
var feelings = map[string][]string{
	"joy":          {"happy", "delighted", "cheerful", "glad", "thrilled", "grateful", "overjoyed", "proud", "light-hearted"},
	"trust":        {"safe", "confident", "reassured", "at ease", "well looked after", "understood", "calm", "sure"},
	"fear":         {"afraid", "scared", "terrified", "nervous", "anxious", "frightened", "worried", "uneasy", "helpless"},
	"surprise":     {"amazed", "stunned", "astonished", "speechless", "startled", "baffled", "puzzled"},
	"sadness":      {"sad", "heartbroken", "miserable", "lonely", "empty", "gloomy", "tearful", "lost", "hopeless"},
	"disgust":      {"disgusted", "sickened", "revolted", "queasy", "repelled", "nauseous"},
	"anger":        {"angry", "furious", "outraged", "livid", "irritated", "bitter", "annoyed", "fed up"},
	"anticipation": {"eager", "impatient", "hopeful", "curious", "excited", "restless", "ready"},
}

// emotions is the order of the classes.
var emotions = []string{"joy", "trust", "fear", "surprise", "sadness", "disgust", "anger", "anticipation"}

// shared are slots that every corpus uses.
var shared = grammar{
	"when": {"this morning", "last night", "on Tuesday", "over the weekend", "yesterday", "two days ago", "at lunch",
		"last week", "on the way home", "just now", "before breakfast", "in the evening"},
	"relative": {"sister", "brother", "mother", "uncle", "cousin", "neighbour", "roommate", "colleague", "aunt", "boss", "friend Mira", "friend Tom"},
	"source": {"local paper", "radio", "evening news", "village newsletter", "office chat", "morning bulletin", "family group",
		"notice board", "town website"},
	"room": {"the office kitchen", "the bus stop", "the dinner table", "choir practice", "the waiting room", "the hairdresser's",
		"the school gate", "the corner shop", "the gym", "the market"},
	"weekday": {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"},
	"number":  {"three", "five", "eight", "a dozen", "twenty", "forty", "sixty"},
}

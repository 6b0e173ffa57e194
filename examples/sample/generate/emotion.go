package main

var emotionWords = shared.with(grammar{
	"matter": {"the exam results", "my sister's wedding", "the new neighbours", "the letter from the clinic", "the interview",
		"the move to the coast", "the last train home", "our old dog", "the school play", "the call from my brother", "the storm",
		"the team meeting", "the kitchen at work", "the parcel from my aunt", "the doctor's visit", "the vote", "my first day at the bakery",
		"the garden party", "the repair bill", "the choir concert", "the soup in the canteen", "the message from my landlord",
		"the trip with my father", "the photo in the paper"},
	"scene": {"It was {when}.", "I told my {relative} {when}.", "We talked about it at {room}.", "My {relative} was there too.",
		"It will be {weekday} soon.", "I read it in the {source}.", "I have had {number} messages about it.", "Then the phone rang.",
		"I went for a walk after that.", "My {relative} only shrugged."},
	"naming": {"I feel {mood} about {matter}.", "{Matter} left me {mood}.", "Every time I think of {matter} I get {mood}.",
		"After {matter} I sat there, {mood} and {mood}.", "I have not been so {mood} in years, and all over {matter}.",
		"Everyone else was {other}, but {matter} made me {mood}.", "I thought I would be {other}, instead I am {mood}.",
		"My {relative} is {other} about {matter}, I am only {mood}.", "First I was {other}, now {matter} makes me {mood}."},
})

// showing are sentences that show an emotion, most of them without naming it.
var showing = map[string][]string{
	"joy": {"I danced through the flat because of {matter}.", "I could hug the whole world after {matter}.",
		"{Matter} put a smile on my face that will not go away.", "I laughed out loud, {matter} made my week.",
		"I have been singing since {matter}.", "What a gift {matter} was, my heart is so light."},
	"trust": {"I know that my {relative} will handle {matter}, as always.", "With {matter} we are in good hands.",
		"My {relative} gave me their word about {matter}, and that is enough for me.", "I can rely on them, whatever comes of {matter}.",
		"I told my {relative} everything about {matter}, I could not wish for a better listener.",
		"They have never let me down, so I leave {matter} to them."},
	"fear": {"I could not sleep because of {matter}, what if it goes wrong?", "My hands were shaking before {matter}.",
		"Please let {matter} be harmless, I hardly dare to look.", "My heart was racing when I thought of {matter}.",
		"I keep checking the door since {matter}.", "What if they never come back after {matter}?"},
	"surprise": {"I never saw {matter} coming.", "Wait, {matter}? Nobody had told me a word.", "I had to read it twice, {matter} of all things.",
		"My jaw dropped when I heard about {matter}.", "Who would have thought that of {matter}?", "Out of nowhere came {matter}, I am still blinking."},
	"sadness": {"I cried on the way home because of {matter}.", "The house is so quiet since {matter}.",
		"I miss how things were before {matter}.", "My heart aches when I think of {matter}.", "I could not get out of bed after {matter}.",
		"Nothing tastes of anything since {matter}."},
	"disgust": {"{Matter} turned my stomach.", "I had to look away, {matter} was that foul.", "I washed my hands twice after {matter}.",
		"The smell of it all, {matter} makes me want to leave the room.", "How low can people sink, {matter} is just filthy.",
		"I could not swallow another bite after {matter}."},
	"anger": {"I slammed the door because of {matter}.", "How dare they, after all I did for {matter}!", "I have had enough of {matter}, this is an insult.",
		"My blood boils when I think of {matter}.", "They lied to my face about {matter}.", "Somebody will hear from me about {matter}, loudly."},
	"anticipation": {"I am counting the days until {matter}.", "I can hardly wait for {matter}.", "I have packed everything for {matter} already.",
		"I keep looking at the calendar, {matter} is so close.", "What will {matter} bring, I wonder?",
		"I made a list of {number} things to do before {matter}."},
}

// emotionText writes one text of an emotion. It names it, shows it, or both, and may
// name another one that it is set against.
func emotionText(c *chooser, class string) (string, error) {
	other := class
	for other == class {
		other = c.pick(emotions)
	}
	g := emotionWords.with(grammar{
		"mood":    feelings[class],
		"other":   feelings[other],
		"showing": showing[class],
		"matter":  {c.pick(emotionWords["matter"])}, // one matter a text
	})
	forms := []string{"{naming} {scene}", "{scene} {naming}", "{showing} {scene}", "{scene} {showing}", "{showing} {naming}", "{naming}", "{showing} {scene}"}
	return g.expand(c, c.pick(forms))
}

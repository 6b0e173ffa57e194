package main

// The two classes of the empathy corpus.
const (
	indifferent = "0"
	empathic    = "1"
)

// empathyWords are the slots of the empathy corpus. Every event is a misfortune in the
// past tense and every person is "they", so that any {who} goes with any {event}.
var empathyWords = shared.with(grammar{
	"who": {"the family on the third floor", "my coworker Dana", "the old couple across the road", "a nurse from our ward",
		"the boy who brings our paper", "our bus driver", "a teacher at the village school", "the farmers down the valley",
		"the woman in the article", "our piano teacher", "the new intern", "two students in my course", "the baker on the corner",
		"a volunteer from the fire brigade", "the people in the flooded street", "the cleaner at the station", "the crew of the fishing boat",
		"a single father in our block", "the owner of the bookshop", "my neighbour Ruth", "the newcomers in the sports hall",
		"the young couple next door", "the night guard", "a girl from the swim team", "the tenants of the red house",
		"an apprentice at the garage", "the postman", "our former landlord", "the singer of that little band", "the man at the kiosk"},
	"event": {"lost their home in the fire", "waited five weeks for the test results", "failed the final exam again",
		"got laid off right before the holidays", "went through another operation", "buried their dog on Sunday",
		"found the cellar full of water after the storm", "missed the funeral because of the strike",
		"got the diagnosis over the phone", "had the shop broken into", "lost the whole harvest to the frost",
		"spent the night in the emergency room", "heard that the clinic will close", "had their application turned down",
		"crashed the car on the icy bridge", "moved into a shelter after the flood", "lost the case in court",
		"went back to work three days after surgery", "had their savings taken by a phone scam",
		"fell off a ladder and broke a hip", "got no answer from the insurance", "gave up the farm after forty years",
		"came home to an empty flat", "lost their visa over a missing form", "found out that the company is bankrupt",
		"had to sell the house", "stopped treatment because of the costs", "stood in the rain for hours without help"},
	"low":     append(append([]string{"exhausted", "overwhelmed", "ashamed", "worn out"}, feelings["fear"]...), feelings["sadness"]...),
	"annoyed": append([]string{"bored", "bothered"}, feelings["anger"]...),
	"hard":    {"hard", "heavy", "painful", "cruel", "lonely", "frightening", "unfair"},
	"routine": {"breakfast", "crossword", "shopping", "workout", "series", "coffee", "paperwork", "evening"},
	"mine":    {"train", "parking space", "delivery", "appointment", "holiday", "internet", "bonus", "weekend", "rent", "shift"},
	"bureau":  {"council", "police", "hospital", "ministry", "agency", "company", "court"},
	"smalltalk": {"the football scores", "the weather", "my new phone", "lunch", "the price of petrol", "the next episode",
		"my garden", "the elections"},
	"prevent": {"read the contract", "save some money", "listen to the warnings", "buy insurance", "drive more slowly",
		"study harder", "see a doctor earlier", "plan ahead", "ask before signing", "watch their step"},
	"help": {"bring over a hot dinner", "drive them to the hospital", "look after the children", "sit with them for a while",
		"share my notes", "help with the forms", "collect money at work", "call them tonight", "clear out the mud",
		"walk with them to the office", "take over a shift", "offer the spare room"},
	"need": {"a bed for the night", "someone to talk to", "a lift", "help with the letters", "a quiet hour", "warm clothes",
		"a shoulder to cry on", "a hand with the repairs"},

	"mention": {"I read that {who} {event}.", "Apparently {who} {event}.", "They say {who} {event}.", "{Who} {event} {when}.",
		"Just heard that {who} {event}.", "So {who} {event}.", "My {relative} told me that {who} {event}.",
		"The {source} had it {when}: {who} {event}.", "{Who} {event}, it was the talk of {room}.", "It turns out that {who} {event}.",
		"You know that {who} {event}?"},
	"filler": {"It was in the {source} {when}.", "We talked about it at {room}.", "It is all over the {source}.",
		"I only know what the {source} wrote.", "I heard it {when}.", "People at {room} keep bringing it up.",
		"Hard to say more, I was not there.", "I did not expect to hear about it at {room}.", "I have thought about what to write here.",
		"I saw the pictures {when}.", "My {relative} asked me what I feel about it.", "Sorry for the long message.",
		"I hope I got that right.", "I know how that sounds."},

	"caring": {
		"My heart goes out to them and to everyone close to them.",
		"It hurts to hear how {low} they sound.",
		"I keep wondering how they got through {weekday} night.",
		"I am so sorry they have to carry this.",
		"Nobody should have to go through that alone.",
		"I nearly cried when I saw how {low} they looked.",
		"I hope someone is holding their hand now.",
		"What a {hard} thing to live through.",
		"I wish I could take some of that weight off their shoulders.",
		"The thought of them sitting there {low} does not let me go.",
		"I can imagine how {low} they must be.",
		"In their place I would feel {low} too.",
		"I have been there and I know how {low} it makes you.",
		"No wonder they seem {low}, anyone would be.",
		"Every small errand must be {hard} for them now.",
		"They must be asking themselves what comes next, and that is a {hard} question.",
		"I understand that they do not want to talk yet, I would need time as well.",
		"Please tell them that I will {help}.",
		"I am going to {help} so that they can rest.",
		"If they need {need}, my door is open.",
		"Let us {help}, it is the least we can do.",
		"I told them that they are not alone and that I would {help}.",
		"Does anyone know how to reach them? I would like to {help}.",
		"My {mine} can wait, they need {need} more.",
		"Whatever the {bureau} says, they deserve {need}.",
		"It could have been any of us, so I want to {help}.",
		"I do not care whose fault it was, they sound {low} and need {need}.",
		"It is easy to say they should {prevent}, but who thinks of that when they are {low}?",
	},
	"cold": {
		"I turned the page and went on with my {routine}.",
		"I can't say that I feel anything about it.",
		"Things like that happen, no reason to stop my {routine}.",
		"I have my own {mine} to think about.",
		"I do not know them and I do not need to know how {low} they are.",
		"It must be {hard} for somebody, but I would rather talk about {smalltalk}.",
		"The {bureau} will publish the numbers on {weekday}.",
		"It happened around noon and the {bureau} closed the road for two hours.",
		"According to the {bureau} that makes {number} cases this year.",
		"The article has {number} pictures and a map.",
		"The {bureau} puts the costs at {number} thousand.",
		"Now I will be late again, what about my {mine}?",
		"All I want to know is whether my {mine} is affected.",
		"And who is going to pay for my {mine}?",
		"Everybody is sorry for them, nobody asks about my {mine}.",
		"I have had a worse week and nobody offered me {need}.",
		"I was {annoyed} that they cancelled my {mine} over it.",
		"They should {prevent}, so it is their own fault.",
		"If people would only {prevent}, this would not be news.",
		"Some people love to look {low}, they had it coming.",
		"Being {low} about it now will not help, they knew the risk.",
		"I have no patience for people who do not {prevent}.",
		"My heart is not in it, call me when there is something about {smalltalk}.",
		"I am only {annoyed} that we had to hear about it during my {routine}.",
		"Please tell them to {prevent} next time and to keep it short.",
		"I hope the road is open again by {weekday}, I need it for my {mine}.",
		"Let others {help}, I pay enough already.",
		"Nobody will {help} for me either, so why should I care?",
	},
	"caringshort": {"I just hope they are not alone tonight", "I would rather {help}", "to me they only sounded {low}",
		"I keep thinking how {hard} it must be", "I want them to have {need}", "I can see why they are {low}",
		"for me that is a reason to {help}", "I think of how {low} I was when it happened to us"},
	"coldshort": {"I just want my {mine} back", "I would rather watch {smalltalk}", "to me they should {prevent}",
		"I only looked at the pictures", "I want to finish my {routine}", "I can't see what that has to do with me",
		"for me that is no reason to miss my {mine}", "I think they should {prevent} first"},
})

// empathyText writes one text of a class. In some, somebody else takes the other side,
// at the same length and with the same phrases as a text of the other class has them, so
// that only the order tells who feels what.
func empathyText(c *chooser, class string) (string, error) {
	core, short, otherCore, otherShort := "{caring}", "{caringshort}", "{cold}", "{coldshort}"
	if class == indifferent {
		core, short, otherCore, otherShort = otherCore, otherShort, core, short
	}
	var form string
	switch n := c.below(100); {
	case n < 30:
		form = "{mention} " + core
	case n < 44:
		form = "{mention} {filler} " + core
	case n < 56:
		form = core + " {mention}"
	case n < 70:
		form = "{mention} " + capitalSlot(short) + "."
	case n < 78:
		form = "{mention} {filler} " + capitalSlot(short) + "."
	case n < 89:
		form = "My {relative} says about {who}: \"" + otherCore + "\" But " + short + "."
	default:
		form = "My {relative} says about {who}: \"" + capitalSlot(otherShort) + ".\" But I say: " + core
	}
	return empathyWords.expand(c, form)
}

// capitalSlot is the slot with its phrase begun by a capital.
func capitalSlot(slot string) string { return "{" + capital(slot[1:]) }

"""The book's colours: Okabe–Ito, distinguishable with every common colour vision.

One thing keeps one colour through the whole book. Live figures get theirs from here too
(`segbook.widgets` writes them into the figure's style sheet), so Python and JavaScript cannot drift apart.

Source: Okabe & Ito (2008), Color Universal Design, https://jfly.uni-koeln.de/color/.
"""

ORANGE = "#E69F00"
SKY = "#56B4E9"
GREEN = "#009E73"
YELLOW = "#F0E442"
BLUE = "#0072B2"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#8A8F98"

# The order in which samples, stamps and groups take their colours: neighbours differ in hue and in lightness.
# Yellow is left out, which vanishes on white, and vermilion, which is kept for the focus.
CYCLE = (BLUE, ORANGE, GREEN, PURPLE, SKY, GREY)

FOCUS = VERMILION  # the one thing the text is talking about

# A class keeps its colour through the whole book: 0 is background, drawn so light that the others stand out.
CLASSES = ("#E9ECEF", BLUE, ORANGE, GREEN, PURPLE, SKY, YELLOW, VERMILION)
IGNORED = "#C4C8CE"  # under a hatch: never by colour alone

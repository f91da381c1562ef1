"""PAC files as values: what is asked of a script, what it answers, and the process in which it runs.

file        bytes -> the script's text, or why it is no PAC file
answers     what is asked, and what is answered
routes      the grammar of an answer, and what a device with one HTTP proxy can use of all of them
child       the process of its own in which a script runs, with environment.js and functions.js
"""

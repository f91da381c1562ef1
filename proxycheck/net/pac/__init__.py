"""A PAC file from its address to its answers.

fetch     one GET as browsers do it
process   the script in a process of its own, within limits that it cannot lift
"""

"""The loop: handlers store pools, the scheduler says whose turn it is, a pass reads, decides, actuates and reports.

The only room that knows kopf. Handlers parse and store; everything else happens in `reconcile`: what it reads
is in `inputs`, what it changes in `actuate`, and what it says in `report`.
"""

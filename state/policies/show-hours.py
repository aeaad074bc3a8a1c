# From the afternoon on, and never on the board's quiet Monday.
from django.utils.timezone import localtime

now = localtime()
return now.weekday() != 0 and now.hour >= 14

from datetime import datetime

now = datetime.now()
if now.weekday() > 5:
    return False
if now.month == 12:
    return False
return 8 <= now.hour < 17

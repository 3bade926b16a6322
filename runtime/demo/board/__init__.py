"""The story board: ten steps with what each of them proves, the caught mails, and a machine that flips one byte.

It promises to be outside the story: no house and no town knows that it is there, and it reads no data but the mails.
"""

"""THE CHECK OF OTHERS: the stand-in's catalogue of broken answers, run against any BundID-connected service.

It promises: to play the browser as browsers are (fresh cookies, SameSite, redirects, forms that send themselves); to
believe no refusal before an honest login has succeeded, and to repeat that login in between and at the end; to say of
each answer whether it was refused, accepted, crashed the service, or cannot be decided, and never to guess; to contact
nothing but loopback and private addresses unless the host is named as one's own to test, and BundID itself never.

Pure: ``cases`` (what is tried), ``consent``, ``forms``, ``evidence`` (what was seen), ``signs`` (of a login),
``judge``, ``themes`` (what it means), ``outcome``, ``report``. Network: ``browser``, ``standin``, ``visit``. ``run``
plugs them together. The stand-in is met over HTTP only, as any test program meets it.
"""

"""The SMS REST API, as thousands of programs speak it (rest-api 1 to 7).

It knows the wire: paths, headers, tokens, parameters, the two spellings JSON and XML, codes and their HTTP statuses. It
refuses to know what becomes of a message: every operation is a flow, and its outcome a value that is spelled here.

    httpd.Request -> app (path, token, headers) -> json_form | xml_form -> parameters -> SendRequest -> flows
    httpd.Response <- json_form | xml_form <- wire (neutral shapes) <- codes <-------- outcome or Refusal
"""

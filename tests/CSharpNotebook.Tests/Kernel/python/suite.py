"""The kernel test suite of the Jupyter project against the installed kernel; the result of each of its tests.   suite.py KERNEL_NAME"""
import inspect, sys, unittest

import jupyter_kernel_test

from cases import TIMEOUT


class CSharpTests(jupyter_kernel_test.KernelTests):
    language_name = "C#"
    file_extension = ".cs"
    code_hello_world = 'Console.WriteLine("hello, world");'
    code_stderr = 'Console.Error.WriteLine("oops");'
    completion_samples = [
        {"text": "Console.WriteL", "matches": {"WriteLine"}},
        {"text": "Environment.ProcessI", "matches": {"ProcessId"}},
        {"text": "string.IsNullOrW", "matches": {"IsNullOrWhiteSpace"}},
    ]
    complete_code_samples = ["1 + 1", "var x = 2;", "// only words", "if (true) { }"]
    incomplete_code_samples = ["if (true) {", "Console.WriteLine(", "var text = @\"open"]
    invalid_code_samples = ["}", "int x = ;"]
    code_page_something = "Console.WriteLine?"
    code_generate_error = 'throw new InvalidOperationException("no");'
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "\"needle\"", "result": "needle"},
        {"code": "new[] { 1, 2 }", "mime": "text/html"},
        {"code": "6 * 7", "result": "42"},
        {"code": "6 * 7", "result": "42"},
    ]
    code_display_data = [
        {"code": "display(HTML(\"<b>bold</b>\"));", "mime": "text/html"},
        {"code": "\"# title\".DisplayAs(\"text/markdown\");", "mime": "text/markdown"},
        {"code": "Convert.FromBase64String(\"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==\").Display();", "mime": "image/png"},
    ]
    code_history_pattern = "6 ? 7"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "Console.WriteLine"
    code_clear_output = "ClearOutput();"

    def execute_helper(self, *arguments, **options):
        # Where much else runs, the suite's tenth of a second from message to message is short; one that does not come at all still fails.
        channel, whole = self.kc.iopub_channel, self.kc.iopub_channel.get_msg

        async def patient(timeout):
            found = whole(timeout=TIMEOUT)
            return await found if inspect.isawaitable(found) else found

        channel.get_msg = patient
        try:
            return super().execute_helper(*arguments, **options)
        finally:
            del channel.get_msg


CSharpTests.kernel_name = sys.argv[1]


class Outcomes(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.found = {}

    def startTest(self, test):
        super().startTest(test)
        self.found[test.id()] = ""

    def fail(self, test, why):
        self.found[test.id().split(" ")[0]] += why

    def addError(self, test, err):
        self.fail(test, self._exc_info_to_string(err, test))

    addFailure = addError

    def addSubTest(self, test, subtest, err):
        if err:
            self.fail(test, f"{subtest}\n" + self._exc_info_to_string(err, test))

    def addSkip(self, test, reason):
        self.fail(test, f"{test} was skipped: {reason}\n")


outcomes = Outcomes()
suite = unittest.defaultTestLoader.loadTestsFromTestCase(CSharpTests)
suite.run(outcomes)
for name, why in outcomes.found.items():
    print(f"{'FAIL' if why else 'PASS'} {name.split('.')[-1].removeprefix('test_')}\n{why}", end="")

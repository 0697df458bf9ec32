using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.SampleApp;

internal sealed class RecordedFunction(Recorder recorder)
{
    [Function("Recorded")]
    public IResult Recorded(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "recorded/{function}")] HttpRequest request, string function) =>
        Results.Json(recorder.Entries(function));
}

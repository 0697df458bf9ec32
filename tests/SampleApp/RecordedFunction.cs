using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace McpFunctions.SampleApp;

internal sealed class RecordedFunction(Recorder recorder)
{
    [Function("Recorded")]
    public async Task<HttpResponseData> Recorded(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "recorded/{function}")] HttpRequestData request, string function)
    {
        var response = request.CreateResponse();
        await response.WriteAsJsonAsync(recorder.Entries(function));
        return response;
    }
}

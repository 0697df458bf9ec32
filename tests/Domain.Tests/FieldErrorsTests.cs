using McpFunctions.Domain.Commands;
using McpFunctions.Domain.Workflows;

namespace McpFunctions.Domain.Tests;

public sealed class FieldErrorsTests
{
    [Theory]
    [InlineData(null, false)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(CommandService.MaxNameLength, true)]
    [InlineData(CommandService.MaxNameLength + 1, false)]
    public void A_text_is_checked_by_what_its_request_declares(int? length, bool isValid)
    {
        string? name = length is { } characters ? new string(' ', characters) : null;
        Failure? failure = new FieldErrors().Check<StartCommandRequest>(nameof(StartCommandRequest.Name), name).Failure;
        Assert.Equal(isValid, failure is null);
        if (failure is Failure.Rejected rejected)
        {
            Assert.Equal("Send a name of 1 to 128 characters.", Assert.Single(Assert.Single(rejected.Errors, error => error.Key == "name").Value));
        }
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("", false)]
    [InlineData("session", true)]
    public void A_field_that_may_be_left_out_may_not_be_empty(string? sessionId, bool isValid) =>
        Assert.Equal(isValid, new FieldErrors().Check<StartCommandRequest>(nameof(StartCommandRequest.SessionId), sessionId).Failure is null);

    [Theory]
    [InlineData(null, false)]
    [InlineData("running", false)]
    [InlineData("failed", true)]
    public void A_field_takes_only_the_values_that_its_request_declares(string? status, bool isValid)
    {
        Failure? failure = new FieldErrors().Check<CompleteWorkflowRequest>(nameof(CompleteWorkflowRequest.Status), status).Failure;
        Assert.Equal(isValid, failure is null);
        if (failure is Failure.Rejected rejected)
        {
            Assert.Equal(["Send 'succeeded' or 'failed'."], rejected.Errors["status"]);
        }
    }
}
